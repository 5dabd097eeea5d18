import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { FramingError, parseResponse, type WireResponse } from './parse-response.js';

export interface WireRequest {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/** One TCP connection whose every byte is looked at. */
export class WireConnection {
  private bytes = Buffer.alloc(0);
  private isClosed = false;
  private wake: (() => void) | undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (bytes) => {
      this.bytes = Buffer.concat([this.bytes, bytes]);
      this.wake?.();
    });
    socket.on('close', () => {
      this.isClosed = true;
      this.wake?.();
    });
    // A reset is seen as an end in mid-response.
    socket.on('error', () => undefined);
  }

  static async open(url: string): Promise<WireConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new WireConnection(socket);
  }

  /** Sends requests in one packet: several are pipelined. */
  send(version: '1.0' | '1.1', ...requests: readonly WireRequest[]): void {
    this.socket.write(requests.map((request) => wireTextOf(request, version)).join(''));
  }

  /** The next response, once its last byte has come. */
  async response(method: string): Promise<WireResponse> {
    for (;;) {
      const parsed = parseResponse(this.bytes, method, this.isClosed);
      if (parsed) {
        this.bytes = this.bytes.subarray(parsed.length);
        return parsed.response;
      }
      if (this.isClosed)
        throw new FramingError(`Cut: ${JSON.stringify(this.bytes.toString('latin1').slice(-200))}`);
      await this.more();
    }
  }

  /** What comes until the server closes the connection, after the responses that were read. */
  async remains(): Promise<string> {
    while (!this.isClosed) await this.more();
    return this.bytes.toString('latin1');
  }

  destroy(): void {
    this.socket.destroy();
  }

  private more(): Promise<void> {
    return new Promise((resolve) => (this.wake = resolve));
  }
}

function wireTextOf({ method, path, headers, body }: WireRequest, version: string): string {
  const lines = [`${method} ${path} HTTP/${version}`, 'Host: localhost'];
  for (const [name, value] of Object.entries(headers ?? {})) lines.push(`${name}: ${value}`);
  if (body !== undefined)
    lines.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`);
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`;
}
