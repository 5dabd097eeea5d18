import {
  createServer,
  request as forward,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/**
 * An HTTP proxy on a free port: tunnels `CONNECT` and forwards requests for absolute addresses. Whatever host they name, they go
 * to one port of this machine, so that hosts can be asked for that only the proxy knows.
 */
export class FakeProxy {
  /** `METHOD TARGET`, as it was asked for. */
  readonly requests: string[] = [];
  readonly authorisations = new Set<string | undefined>();
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  private constructor(private readonly targetPort: number) {
    this.server = createServer((request, response) => this.forward(request, response));
    this.server.on('connect', (request: IncomingMessage, socket: Socket) => this.tunnel(request, socket));
    this.server.on('connection', (socket) => this.sockets.add(socket));
  }

  static async start(targetPort: number): Promise<FakeProxy> {
    const proxy = new FakeProxy(targetPort);
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** @param user `NAME:PASSWORD` */
  url(user?: string): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://${user === undefined ? '' : `${user}@`}127.0.0.1:${port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private forward(incoming: IncomingMessage, response: ServerResponse): void {
    const { method, headers, url } = incoming;
    this.note(incoming);
    const { pathname } = new URL(url!);
    const outgoing = forward({ host: '127.0.0.1', port: this.targetPort, path: pathname, method, headers });
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    outgoing.end();
  }

  private tunnel(incoming: IncomingMessage, socket: Socket): void {
    this.note(incoming);
    const target = connect(this.targetPort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      socket.pipe(target).pipe(socket);
    });
    target.on('error', () => socket.destroy());
    socket.on('error', () => target.destroy());
  }

  private note({ method, url, headers }: IncomingMessage): void {
    this.requests.push(`${method} ${url}`);
    this.authorisations.add(headers['proxy-authorization']);
  }
}
