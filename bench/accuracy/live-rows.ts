import { ms, percent, quantile } from '../figures.js';
import type { Clip } from './clips.js';
import type { LiveServer } from './live-server.js';
import type { Missing } from './peers.js';
import { shown } from './score.js';
import { speakLive, type LiveFigures } from './speak-live.js';

export const LIVE_HEAD = [
  'server',
  'WER',
  'text settled p50',
  'p95',
  'final p50',
  'p95',
  'never final',
  'flicker',
  'CPU per audio s',
  'RSS',
];

/** Measures a server and stops it. A peer that fails has a reason instead of figures; the product may not fail. */
export async function figuresOf(
  server: LiveServer,
  clips: readonly Clip[],
  language: string,
  seed: number,
): Promise<LiveFigures | Missing> {
  try {
    return await speakLive(server, clips, language, seed);
  } catch (error) {
    if (server.name.startsWith('Parley')) throw error;
    return { name: server.name, reason: (error as Error).message };
  } finally {
    await server.stop();
  }
}

export function liveRow(name: string, figures: LiveFigures): string[] {
  const { score, settledMs, finalMs, unfinished, emitted, retracted } = figures;
  return [
    name,
    shown(score),
    ms(quantile(settledMs, 0.5)),
    ms(quantile(settledMs, 0.95)),
    ms(quantile(finalMs, 0.5)),
    ms(quantile(finalMs, 0.95)),
    String(unfinished),
    emitted === 0 ? '-' : percent(retracted / emitted),
    `${Math.round(figures.cpuMsPerAudioSecond)} ms`,
    megabytes(figures.residentBytes),
  ];
}

export function reasonRow({ name, reason }: Missing): string[] {
  return [name, reason, ...Array.from({ length: LIVE_HEAD.length - 2 }, () => '')];
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
