import { once } from 'node:events';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';

/**
 * A peer that speaks Engine.IO and Socket.io by hand over a websocket, and so can do what no client does. Close it in `afterEach`.
 * https://socket.io/docs/v4/engine-io-protocol/
 */
export class RawPeer {
  readonly said: string[] = [];
  /** Resolves with the close code, however the connection ends. */
  readonly closed: Promise<number>;

  private constructor(readonly line: WebSocket) {
    line.on('message', (frame: Buffer) => this.said.push(frame.toString()));
    line.on('error', () => undefined);
    this.closed = once(line, 'close').then(([code]) => code as number);
  }

  static async connect(url: string, path = '/socket.io/?EIO=4&transport=websocket'): Promise<RawPeer> {
    const line = new WebSocket(url.replace('http', 'ws') + path, { perMessageDeflate: false });
    const peer = new RawPeer(line);
    await once(line, 'open');
    return peer;
  }

  /** Connects and is let in. */
  static async admitted(url: string, token?: string): Promise<RawPeer> {
    const peer = await RawPeer.connect(url);
    peer.send(`40${JSON.stringify({ token })}`);
    await peer.hears(/^40/);
    return peer;
  }

  get isOpen(): boolean {
    return this.line.readyState === WebSocket.OPEN;
  }

  send(frame: string | Uint8Array): void {
    this.line.send(frame);
  }

  /** Sends frames that come in one piece, so that none is answered before all are read. */
  sendAtOnce(...frames: (string | Uint8Array)[]): void {
    const { _socket: socket } = this.line as unknown as { _socket: Socket };
    socket.cork();
    for (const frame of frames) this.send(frame);
    socket.uncork();
  }

  /** Resolves with the first frame that is like this, heard already or not. */
  async hears(pattern: RegExp): Promise<string> {
    for (;;) {
      const frame = this.said.find((each) => pattern.test(each));
      if (frame !== undefined) return frame;
      await once(this.line, 'message');
    }
  }

  /** Sends until the connection is closed, at most so often. Gives how often it could. */
  async sendUntilClosed(frame: string | Uint8Array, most: number): Promise<number> {
    for (let sent = 0; sent < most; sent += 1) {
      if (!this.isOpen) return sent;
      await new Promise<void>((resolve) => this.line.send(frame, () => resolve()));
      // The other side has its turns in this process.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return most;
  }

  /** Takes nothing out of its TCP socket any more. It can still send. */
  stopReading(): void {
    this.line.pause();
  }

  close(): void {
    this.line.terminate();
  }
}
