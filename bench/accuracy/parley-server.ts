import { setTimeout as sleep } from 'node:timers/promises';
import { io } from 'socket.io-client';
import { startProduct } from '../../scripts/start-product.js';
import type { ClientSocket } from '../../test/support/socket-client.js';
import type { LiveServer, LiveSession, Screen } from './live-server.js';

const END_DEADLINE_MS = 60_000;

/** The product as it is delivered: gateway, its own worker, engine hosts. */
export async function startParley(
  model: string,
  language: string,
  format: 'webm' | 's16le',
): Promise<LiveServer> {
  const product = await startProduct({
    FEATURES: 'transcription',
    WHISPER_MODEL: model,
    PATH: process.env.PATH,
  });
  return {
    name: `Parley, ${format === 'webm' ? 'WebM/Opus recorder' : 'PCM'}`,
    pid: product.pid,
    format,
    open: (show) => openSession(product.url, language, format, show),
    stop: () => product.stop(),
  };
}

async function openSession(
  url: string,
  language: string,
  format: 'webm' | 's16le',
  show: (screen: Screen) => void,
): Promise<LiveSession> {
  const socket: ClientSocket = io(url, { transports: ['websocket'], forceNew: true, reconnection: false });
  const finals: string[] = [];
  const openTexts = new Map<string, string>();
  const refresh = (): void => show({ committed: finals.join(' '), open: [...openTexts.values()].join(' ') });
  socket.on('transcript:interim', ({ utterance, text }) => {
    openTexts.set(utterance, text);
    refresh();
  });
  socket.on('transcript:final', ({ utterance, text }) => {
    openTexts.delete(utterance);
    finals.push(text);
    refresh();
  });
  const done = new Promise<void>((resolve, reject) => {
    socket.on('session:done', () => resolve());
    socket.on('session:error', ({ code, message }) => reject(new Error(`${code}: ${message}`)));
    socket.on('connect_error', reject);
  });
  done.catch(() => undefined);
  const sampleRate = format === 's16le' ? { sampleRate: 16_000 } : {};
  const start = { v: 1, language, interim: true, format: { codec: format, ...sampleRate } } as const;
  const answer = (await socket.emitWithAck('session:start', start)) as { ok: boolean; code?: string };
  if (!answer.ok) throw new Error(`session:start was refused with ${answer.code}`);
  let seq = 0;
  return {
    write: (chunk) => {
      seq += 1;
      socket.emit('audio', { seq }, chunk);
    },
    end: async () => {
      try {
        await socket.emitWithAck('session:end', {});
        await Promise.race([done, overdue()]);
      } finally {
        socket.close();
      }
    },
  };
}

async function overdue(): Promise<never> {
  await sleep(END_DEADLINE_MS, undefined, { ref: false });
  throw new Error(`The session was not done ${END_DEADLINE_MS} ms after its end`);
}
