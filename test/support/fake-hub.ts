import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

const CUT_AFTER_MS = 50;

/** What one request for a file gets; without one: the file, from where the range begins. */
export type Mischief =
  | { type: 'stall'; afterBytes: number }
  | { type: 'cut'; afterBytes: number }
  | { type: 'corrupt' }
  | { type: 'wait'; until: Promise<unknown> }
  | { type: 'status'; status: number }
  | { type: 'no-ranges' }
  | { type: 'whole' };

/** A Hugging Face hub on a free port that serves made-up files: large ones with a SHA-256, small ones as Git objects. */
export class FakeHub {
  readonly files = new Map<string, Buffer>();
  readonly script: Mischief[] = [];
  /** `path range` of each request for a file. */
  readonly requests: string[] = [];
  /** Sizes that the list states, where they are not those of the files. */
  readonly claimedBytes = new Map<string, number>();
  /** Entries of a list in one answer. */
  pageSize = 1_000;
  private readonly server: Server | TlsServer;

  private constructor(tls?: { key: Buffer; cert: Buffer }) {
    const answer = (request: IncomingMessage, response: ServerResponse): void =>
      this.answer(request, response);
    this.server = tls ? createTlsServer(tls, answer) : createServer(answer);
  }

  /** @param tls serves https */
  static async start(tls?: { key: Buffer; cert: Buffer }): Promise<FakeHub> {
    const hub = new FakeHub(tls);
    await new Promise<void>((resolve) => hub.server.listen(0, '127.0.0.1', resolve));
    return hub;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  addModel(name: string, bytes = 300_000): void {
    ['encoder.int8.onnx', 'decoder.int8.onnx', 'tokens.txt'].forEach((file, index) => {
      const size = file === 'tokens.txt' ? 1_000 : bytes;
      const content = Buffer.from(Uint8Array.from({ length: size }, (_, at) => (at * 31 + index) & 255));
      this.files.set(`csukuangfj/sherpa-onnx-whisper-${name}/${name}-${file}`, content);
    });
  }

  /** A Piper voice, with a tree of `dataFiles` files as espeak-ng's data. */
  addVoice(name: string, dataFiles = 3): void {
    const repository = `csukuangfj/vits-piper-${name}`;
    this.files.set(`${repository}/README.md`, Buffer.from('of no use'));
    this.files.set(`${repository}/MODEL_CARD`, Buffer.from('# Model card'));
    this.files.set(`${repository}/${name}.onnx`, Buffer.alloc(200_000, 7));
    this.files.set(`${repository}/tokens.txt`, Buffer.from('_ 0'));
    for (let index = 0; index < dataFiles; index += 1) {
      this.files.set(`${repository}/espeak-ng-data/lang/x${index}/y`, Buffer.from(`data ${index}`));
    }
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '';
    const tree = /^\/api\/models\/(.+)\/tree\/main(?:\?(.+))?$/.exec(url);
    if (tree) return this.list(tree[1]!, new URLSearchParams(tree[2]), response);
    const content = this.files.get(decodeURIComponent(url.slice(1).replace('/resolve/main/', '/')));
    if (!content) return void response.writeHead(404).end();
    this.requests.push(`${url.split('/').at(-1)} ${request.headers.range ?? 'whole'}`);
    this.serve(content, request, response, this.script.shift());
  }

  private serve(
    content: Buffer,
    request: IncomingMessage,
    response: ServerResponse,
    mischief?: Mischief,
  ): void {
    if (mischief?.type === 'wait') {
      return void mischief.until.then(() => this.serve(content, request, response));
    }
    if (mischief?.type === 'status') return void response.writeHead(mischief.status).end();
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
    const from = range && mischief?.type !== 'no-ranges' ? Number(range[1]) : 0;
    const body = Buffer.from(content.subarray(from));
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': body.length });
    if (mischief?.type === 'corrupt') body[0] = body[0]! ^ 1;
    if (mischief?.type !== 'stall' && mischief?.type !== 'cut') return void response.end(body);
    response.write(body.subarray(0, mischief.afterBytes), () => {
      // What has arrived by then counts; what is cut in the same instant may not.
      if (mischief.type === 'cut') setTimeout(() => request.socket.destroy(), CUT_AFTER_MS);
    });
  }

  /** In pages of `pageSize`; the link to the next one names a host that only the true hub has. */
  private list(repository: string, query: URLSearchParams, response: ServerResponse): void {
    const from = Number(query.get('cursor') ?? 0);
    const to = from + this.pageSize;
    const all = this.tree(repository).filter(({ path }) => query.has('recursive') || !path.includes('/'));
    const next = `<https://hub.invalid/api/models/${repository}/tree/main?recursive=true&cursor=${to}>; rel="next"`;
    if (all.length === 0) return void response.writeHead(404).end();
    response.writeHead(200, to < all.length ? { link: next } : {});
    response.end(JSON.stringify(all.slice(from, to)));
  }

  private tree(repository: string): { path: string }[] {
    return [...this.files]
      .filter(([path]) => path.startsWith(`${repository}/`))
      .map(([path, content]) => {
        const oid = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
        const isLarge = content.length > 10_000;
        return {
          type: 'file',
          path: path.slice(repository.length + 1),
          size: this.claimedBytes.get(path) ?? content.length,
          oid,
          ...(isLarge && {
            lfs: { oid: createHash('sha256').update(content).digest('hex'), size: content.length },
          }),
        };
      });
  }
}
