import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LiveServer } from './live-server.js';
import type { AccuracyOptions } from './options.js';
import type { Recogniser } from './recogniser.js';
import { FasterWhisper } from './faster-whisper.js';
import { startWhisperLive } from './whisper-live.js';
import { startWhisperLiveKit } from './whisper-live-kit.js';

/** A peer that cannot be measured, and why. */
export interface Missing {
  name: string;
  reason: string;
}

type PeerOptions = Pick<AccuracyOptions, 'peers' | 'ct2' | 'language'>;
type Environment = { python: string; ct2: string };

export async function peerRecogniser(options: PeerOptions): Promise<Recogniser | Missing> {
  return attempt('faster-whisper', options, ({ python, ct2 }) =>
    FasterWhisper.start(python, ct2, options.language),
  );
}

export function startPeerServers(options: PeerOptions): (() => Promise<LiveServer | Missing>)[] {
  const { language } = options;
  return [
    () => attempt('WhisperLive', options, ({ python, ct2 }) => startWhisperLive(python, ct2, language)),
    ...(['SimulStreaming', 'LocalAgreement'] as const).map(
      (policy) => () =>
        attempt(`WhisperLiveKit, ${policy}`, options, ({ python, ct2 }) =>
          startWhisperLiveKit(python, ct2, language, policy),
        ),
    ),
  ];
}

async function attempt<T>(
  name: string,
  { peers, ct2 }: PeerOptions,
  start: (environment: Environment) => Promise<T>,
): Promise<T | Missing> {
  if (peers === undefined) return { name, reason: 'no environment named (--peers)' };
  const python = join(peers, 'bin/python');
  if (!existsSync(python)) return { name, reason: `no Python in ${peers}` };
  if (ct2 === undefined) return { name, reason: 'no weights named (--ct2)' };
  try {
    return await start({ python, ct2 });
  } catch (error) {
    return { name, reason: (error as Error).message };
  }
}
