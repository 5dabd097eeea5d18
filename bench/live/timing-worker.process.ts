import { WebSocketServer } from 'ws';
import type { WorkerMessage } from '../../src/whisper-protocol/messages.js';
import { nowMs } from '../process-figures.js';

/**
 * A worker that measures instead of listening: each second of audio becomes a final whose text says when it left, and when
 * which audio had come. It decodes nothing, so that the figures are the gateway's alone.
 */
const FINAL_SAMPLES = 16_000;
const ACK_MS = 400;

export interface TimingFinal {
  sentAt: number;
  /** Position after a frame, and when it came. */
  arrivals: [position: number, at: number][];
}

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (socket) => {
  let received = 0;
  let committed = 0;
  let n = 0;
  let arrivals: TimingFinal['arrivals'] = [];
  const say = (message: WorkerMessage): void => socket.send(JSON.stringify(message));
  const conclude = (): void => {
    const text = JSON.stringify({ sentAt: nowMs(), arrivals } satisfies TimingFinal);
    n += 1;
    say({
      type: 'final',
      epoch: 0,
      n,
      utterance: `u${n}`,
      text,
      start: committed,
      end: received,
      language: 'en',
      commit: received,
    });
    committed = received;
    arrivals = [];
  };
  const acks = setInterval(() => say({ type: 'ack', epoch: 0, received }), ACK_MS);
  socket.on('close', () => clearInterval(acks));
  socket.on('message', (frame: Buffer, isBinary) => {
    if (isBinary) {
      received += frame.length / 2;
      arrivals.push([received, nowMs()]);
      if (received - committed >= FINAL_SAMPLES) conclude();
      return;
    }
    const { type } = JSON.parse(frame.toString()) as { type: string };
    if (type === 'hello') say({ type: 'ready', epoch: 0, worker: 'bench', model: 'none', window: 160_000 });
    if (type !== 'end') return;
    if (received > committed) conclude();
    say({ type: 'done', epoch: 0, commit: received });
  });
});
server.on('listening', () => console.log(`ws://127.0.0.1:${(server.address() as { port: number }).port}/ws`));
