import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A line to a server that breaks once, in the middle of the first answer that is longer than so many bytes. */
export class CutOnce {
  connections = 0;
  isCut = false;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async start(targetPort: number, afterBytes: number): Promise<CutOnce> {
    const server = createServer();
    const sut = new CutOnce(server);
    server.on('connection', (socket) => sut.carry(socket, targetPort, afterBytes));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return sut;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private carry(socket: Socket, targetPort: number, afterBytes: number): void {
    this.connections += 1;
    const target = connect(targetPort, '127.0.0.1');
    for (const each of [socket, target]) {
      this.sockets.add(each);
      each.on('error', () => undefined).on('close', () => void (socket.destroy(), target.destroy()));
    }
    let bytes = 0;
    socket.pipe(target);
    target.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      socket.write(chunk);
      if (this.isCut || bytes < afterBytes) return;
      this.isCut = true;
      socket.destroy();
    });
    target.on('end', () => socket.end());
  }
}
