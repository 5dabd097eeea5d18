import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import type { WorkerMessage } from '../../src/whisper-protocol/messages.js';

type Said<M> = M extends unknown ? Omit<M, 'epoch'> : never;

/**
 * A worker that recognises nothing and says much: each frame of audio completes an utterance with a long final, and opens the
 * next one with many long interims. What a client that does not read does to the gateway shows within seconds.
 */
export class TalkativeWorker {
  static readonly textBytes = 30_000;
  static readonly interimsPerFrame = 10;

  private constructor(private readonly server: WebSocketServer) {
    server.on('connection', (socket) => this.listen(socket));
  }

  static async start(): Promise<TalkativeWorker> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
    await new Promise((resolve) => server.once('listening', resolve));
    return new TalkativeWorker(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/ws`;
  }

  async close(): Promise<void> {
    for (const socket of this.server.clients) socket.terminate();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private listen(socket: WebSocket): void {
    let epoch = 0;
    let received = 0;
    let n = 0;
    const say = (message: Said<WorkerMessage>): void => socket.send(JSON.stringify({ epoch, ...message }));
    socket.on('message', (frame: Buffer, isBinary) => {
      if (isBinary) {
        const start = received;
        received += frame.length / 2;
        n += 1;
        say({ type: 'final', n, ...utterance(n, start, received), commit: received });
        for (let revision = 1; revision <= TalkativeWorker.interimsPerFrame; revision += 1)
          say({ type: 'interim', revision, stable: 0, ...utterance(n + 1, received, received) });
        return say({ type: 'ack', received });
      }
      const message = JSON.parse(frame.toString()) as { type: string; epoch: number; start: number };
      if (message.type === 'end') return say({ type: 'done', commit: received });
      if (message.type !== 'hello') return;
      ({ epoch, start: received } = message);
      say({ type: 'ready', worker: 'talkative', model: 'none', window: 160_000 });
    });
  }
}

function utterance(
  n: number,
  start: number,
  end: number,
): { utterance: string; text: string; start: number; end: number; language: string } {
  const text = `${n} `.padEnd(TalkativeWorker.textBytes, 'so ');
  return { utterance: `u${n}`, text, start, end, language: 'en' };
}
