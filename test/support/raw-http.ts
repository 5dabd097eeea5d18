import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { waitFor } from './wait-for.js';

/** A TCP connection that says what no client of HTTP would, and keeps what it hears. Close it in `afterEach`. */
export class RawHttp {
  private readonly chunks: Buffer[] = [];
  /** Resolves however the connection ends, with all that was heard. */
  readonly closed: Promise<string>;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => this.chunks.push(chunk));
    // A reset is an end like any other here.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', () => resolve(this.heard)));
  }

  static async open(url: string): Promise<RawHttp> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const sut = new RawHttp(socket);
    await once(socket, 'connect');
    return sut;
  }

  get heard(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }

  send(...lines: string[]): this {
    this.socket.write(lines.join('\r\n'));
    return this;
  }

  hears(pattern: RegExp): Promise<void> {
    return waitFor(() => pattern.test(this.heard), `an answer like ${pattern}`);
  }

  /** Sends a byte of `text` again and again until the connection is closed. Gives what was heard. */
  async trickle(text: string): Promise<string> {
    const timer = setInterval(() => this.socket.write(text), 10);
    try {
      return await this.closed;
    } finally {
      clearInterval(timer);
    }
  }
}
