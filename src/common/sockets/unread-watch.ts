import type { ServerResponse } from 'node:http';
import type { Socket } from 'socket.io';
import type { WebSocket } from 'ws';

/** One connection of Engine.IO, below the sockets of Socket.io. */
export type Connection = Socket['conn'];

/** What a packet costs besides its text. */
const PACKET_BYTES = 256;

interface Packet {
  data?: string | ArrayBuffer | ArrayBufferView;
}

interface Amount {
  packets: number;
  bytes: number;
}

const watches = new WeakMap<Connection, UnreadWatch>();

/**
 * Counts what was said to one peer and is not out of our hands yet: everything goes by here, captions and answers, results and
 * errors, and the pongs and refusals that Engine.IO and Socket.io send by themselves. A peer that leaves too much of it unread
 * loses its connection.
 */
export class UnreadWatch {
  /** In the buffer of Engine.IO. */
  private waiting: Amount = { packets: 0, bytes: 0 };
  /** Given to the transport, whose line has not taken it. */
  private readonly sent: Amount = { packets: 0, bytes: 0 };
  private readonly responses = new Set<ServerResponse>();

  private constructor(
    private readonly connection: Connection,
    readonly maxBytes: number,
  ) {
    connection.on('packetCreate', (packet: Packet) => this.add(packet));
    connection.on('flush', () => this.flush());
  }

  static start(connection: Connection, maxBytes: number): UnreadWatch {
    const watch = new UnreadWatch(connection, maxBytes);
    watches.set(connection, watch);
    return watch;
  }

  static of(connection: Connection): UnreadWatch {
    const watch = watches.get(connection);
    if (!watch) throw new Error('A connection is not watched');
    return watch;
  }

  get packets(): number {
    return this.waiting.packets + this.sent.packets;
  }

  get bytes(): number {
    return this.waiting.bytes + this.sent.bytes;
  }

  /** Cuts the line, as a network would: clients come back from that by themselves. */
  cut(): void {
    const { transport } = this.connection;
    const responses = [...this.responses];
    this.connection.close(true);
    if (transport.name === 'websocket') lineOf(transport).terminate();
    for (const response of responses) response.destroy();
  }

  private add({ data }: Packet): void {
    if (this.bytes > this.maxBytes) return this.cut();
    this.waiting.packets += 1;
    this.waiting.bytes += PACKET_BYTES + (data === undefined ? 0 : byteLengthOf(data));
  }

  /** The transport takes all that waits: a websocket says when its line has it, a poll is over when its answer is. */
  private flush(): void {
    const { packets, bytes } = this.waiting;
    this.waiting = { packets: 0, bytes: 0 };
    this.sent.packets += packets;
    this.sent.bytes += bytes;
    const { transport } = this.connection;
    const taken = (): void => {
      this.sent.packets -= packets;
      this.sent.bytes -= bytes;
    };
    const response = responseOf(transport);
    if (response === undefined) {
      transport.once('drain', taken);
      return;
    }
    this.responses.add(response);
    response.once('close', () => {
      this.responses.delete(response);
      taken();
    });
  }
}

/** The line of a websocket transport. */
export function lineOf(transport: Connection['transport']): WebSocket {
  return (transport as unknown as { socket: WebSocket }).socket;
}

/** The answer to the poll that waits, of a client that polls. */
function responseOf(transport: Connection['transport']): ServerResponse | undefined {
  return (transport as unknown as { res?: ServerResponse | null }).res ?? undefined;
}

function byteLengthOf(data: NonNullable<Packet['data']>): number {
  return typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength;
}
