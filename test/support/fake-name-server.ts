import { createSocket, type Socket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';

const HEADER_BYTES = 12;
const ANSWERED = 0x8180;
const SERVER_FAILURE = 0x8182;
/** Points back to the name in the question. */
const SAME_NAME = 0xc00c;

/** A DNS server on UDP that knows one name, whose IPv4 addresses the test changes. */
export class FakeNameServer {
  addresses: string[] = [];
  isBroken = false;
  /** Questions answered so far. */
  asked = 0;

  private constructor(private readonly socket: Socket) {
    socket.on('message', (query, { port, address }) => {
      this.asked += 1;
      socket.send(this.answer(query), port, address);
    });
  }

  static async start(): Promise<FakeNameServer> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new FakeNameServer(socket);
  }

  /** As `lookup` of `node:dns/promises` with `all`, but asks this server. */
  readonly lookup = async (name: string): Promise<{ address: string; family: number }[]> => {
    const resolver = new Resolver({ timeout: 1_000, tries: 1 });
    resolver.setServers([`127.0.0.1:${this.socket.address().port}`]);
    return (await resolver.resolve4(name)).map((address) => ({ address, family: 4 }));
  };

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.socket.close(() => resolve()));
  }

  private answer(query: Buffer): Buffer {
    const questionEnd = query.indexOf(0, HEADER_BYTES) + 5;
    const addresses = this.isBroken ? [] : this.addresses;
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt16BE(query.readUInt16BE(0), 0);
    header.writeUInt16BE(this.isBroken ? SERVER_FAILURE : ANSWERED, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses.length, 6);
    return Buffer.concat([
      header,
      query.subarray(HEADER_BYTES, questionEnd),
      ...addresses.map(addressRecord),
    ]);
  }
}

function addressRecord(address: string): Buffer {
  const record = Buffer.alloc(16);
  record.writeUInt16BE(SAME_NAME, 0);
  record.writeUInt16BE(1, 2); // A
  record.writeUInt16BE(1, 4); // IN
  record.writeUInt16BE(4, 10);
  record.set(address.split('.').map(Number), 12);
  return record;
}
