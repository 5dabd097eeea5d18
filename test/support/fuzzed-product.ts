import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { startProduct, startWorker, type RunningProcess } from '../../scripts/start-product.js';
import { malformedMessages, type WireMessage, type Wires } from './malformed-input.js';
import { keyEntry } from './tenant-keys.js';

/** An answer has to come by then, or an end: far beyond what any machine needs, so what takes longer hangs. */
const HANGS_AFTER_MS = 60_000;
/** Some first words are not worth an answer, nor an end. */
const SILENT_AFTER_MS = 500;
/** Socket.io's answer to who wants to be let in, and the worker's. */
const LET_IN_OR_NOT = /^4[04]|^\{"type":"(ready|error)"/;
const AT_ONCE = 8;
/** Memory stays flat in this heap, or runs out: without a limit Node collects nothing while there is memory left. */
const SMALL_HEAP = { NODE_OPTIONS: '--max-old-space-size=192' };
/** Answers that Node gives before a request is one, and what they are for. */
const BELOW_ROUTES = new Set([400, 408, 411, 413, 414, 417, 431, 505]);

interface OpenApiPaths {
  paths: Record<string, Record<string, { responses: Record<string, object> }>>;
}

/** A gateway and a worker, as processes, to which malformed messages are sent. */
export class FuzzedProduct {
  /** What went wrong: empty at the end, or there is something to mend. */
  readonly findings: string[] = [];
  /** How often each kind of answer came. */
  readonly outcomes = new Map<string, number>();
  /** Resident memory of each, after each tenth of the messages. */
  readonly memoryBytes = { gateway: [] as number[], worker: [] as number[] };

  private constructor(
    private readonly gateway: RunningProcess,
    private readonly worker: RunningProcess,
    private readonly documented: ReadonlyMap<string, ReadonlySet<number>>,
    private readonly wires: Wires,
  ) {
    for (const [name, { ended }] of Object.entries({ gateway, worker }))
      void ended.then((code) => this.findings.push(`the ${name} ended with ${code}`));
  }

  static async start(): Promise<FuzzedProduct> {
    const key = 'key-of-fuzz';
    const worker = await startWorker({ WHISPER_ENGINE: 'fake', ...SMALL_HEAP });
    const gateway = await startProduct({
      API_KEYS: keyEntry('fuzz'),
      WHISPER_WORKERS: `${worker.url.replace('http', 'ws')}/ws`,
      // What is sent is not meant to be spoken in numbers.
      TTS_MAX_CONCURRENT: '2',
      ...SMALL_HEAP,
    });
    const headers = { Authorization: `Bearer ${key}` };
    const api = (await (await fetch(`${gateway.url}/openapi.json`, { headers })).json()) as OpenApiPaths;
    const sockets = (await (await fetch(`${gateway.url}/asyncapi.json`, { headers })).json()) as {
      channels: Record<string, { messages?: Record<string, unknown> }>;
    };
    const documented = new Map<string, Set<number>>();
    for (const [path, methods] of Object.entries(api.paths))
      for (const [method, { responses }] of Object.entries(methods))
        documented.set(`${method.toUpperCase()} ${path}`, new Set(Object.keys(responses).map(Number)));
    const routes = [...documented.keys()].map((route) => {
      const [method, path] = route.split(' ') as [string, string];
      return { method, path: path.replaceAll(/\{\w+\}/g, 'some') };
    });
    const events = Object.values(sockets.channels).flatMap(({ messages }) => Object.keys(messages ?? {}));
    return new FuzzedProduct(gateway, worker, documented, { routes, events, key });
  }

  /** Sends so many, some at once. */
  async send(count: number, seed: number): Promise<void> {
    const messages = malformedMessages(this.wires, seed, count);
    let sent = 0;
    const sender = async (): Promise<void> => {
      for (const message of messages) {
        const outcome = await this.deliver(message);
        this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
        sent += 1;
        if (sent % Math.ceil(count / 10) === 0) this.weigh();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, sender));
    await this.stillServes();
  }

  async stop(): Promise<void> {
    // From here on they may end.
    const findings = [...this.findings];
    await Promise.all([this.gateway.stop(), this.worker.stop()]);
    this.findings.splice(0, Infinity, ...findings);
  }

  private weigh(): void {
    this.memoryBytes.gateway.push(memoryOf(this.gateway));
    this.memoryBytes.worker.push(memoryOf(this.worker));
  }

  private async stillServes(): Promise<void> {
    for (const [name, each] of Object.entries({ gateway: this.gateway, worker: this.worker })) {
      const alive = await fetch(`${each.url}/health/live`).catch(() => undefined);
      if (alive?.status !== 200) this.findings.push(`the ${name} does not serve any more`);
      for (const line of each.output().split('\n'))
        if (/"level":(50|60)/.test(line) || (line !== '' && !line.startsWith('{')))
          this.findings.push(`the ${name} logged ${line.slice(0, 500)}`);
    }
  }

  private async deliver(message: WireMessage): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const hangs = new Promise<string>((resolve) => {
      timer = setTimeout(() => {
        this.tell('no answer and no end', message);
        resolve('hangs');
      }, HANGS_AFTER_MS);
    });
    try {
      return await Promise.race([
        hangs,
        message.kind === 'http' ? this.request(message) : this.converse(message),
      ]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Reads the first line of the answer, which is all that is judged. */
  private async request(message: Extract<WireMessage, { kind: 'http' }>): Promise<string> {
    const { hostname, port } = new URL(this.gateway.url);
    const line = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    let answer = '';
    const status = await new Promise<number>((resolve) => {
      line.on('data', (chunk: Buffer) => {
        answer += chunk.toString('latin1');
        const first = [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)]
          .map(([, code]) => Number(code))
          .find((code) => code >= 200);
        if (first !== undefined) resolve(first);
      });
      line.on('error', () => resolve(0));
      line.on('close', () => resolve(0));
      line.on('end', () => resolve(0));
      line.end(message.bytes);
    });
    line.destroy();
    const [method, target = ''] = message.bytes.toString('latin1').split(' ', 2);
    if (status >= 500 && !BELOW_ROUTES.has(status) && !this.isDocumented(method!, target, status))
      this.tell(`an undocumented ${status}: ${answer.slice(-300)}`, message);
    return status === 0 ? 'http cut' : `http ${status}`;
  }

  private isDocumented(method: string, target: string, status: number): boolean {
    if (status === 500) return false;
    const path = target.split('?', 1)[0]!;
    return [...this.documented].some(([route, statuses]) => {
      const [of, pattern] = route.split(' ') as [string, string];
      const fits = new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`).test(path);
      return fits && (of === method || (of === 'GET' && method === 'HEAD')) && statuses.has(status);
    });
  }

  /** Says all of it, and waits until the other side has read it: it answers a ping then, or has closed. */
  private async converse(message: Extract<WireMessage, { frames: unknown }>): Promise<string> {
    const isSocket = message.kind === 'socket';
    const address = isSocket
      ? `${this.gateway.url}/socket.io/?EIO=4&transport=websocket`
      : `${this.worker.url}/ws`;
    const line = new WebSocket(address.replace('http', 'ws'), { perMessageDeflate: false });
    const said: string[] = [];
    line.on('message', (frame: Buffer) => said.push(frame.toString()));
    const answered = new Promise<void>((resolve) => {
      line.on('message', (frame: Buffer) => LET_IN_OR_NOT.test(frame.toString()) && resolve());
    });
    line.on('error', () => undefined);
    // `once` of node:events would reject on a reset, which is an end like any other.
    const closed = new Promise<number>((resolve) => line.once('close', resolve));
    const opened = await Promise.race([
      new Promise<boolean>((resolve) => line.once('open', () => resolve(true))),
      closed.then(() => false),
    ]);
    if (!opened) {
      this.tell('the door was closed', message);
      return `${message.kind} refused`;
    }
    const [first, ...others] = message.frames;
    line.send(first!, () => undefined);
    if (message.isPatient && others.length > 0)
      await Promise.race([answered, closed, sleep(SILENT_AFTER_MS, undefined, { ref: false })]);
    for (const frame of others) line.send(frame, () => undefined);
    line.ping('', undefined, () => undefined);
    const code = await Promise.race([
      new Promise<undefined>((resolve) => line.once('pong', () => resolve(undefined))),
      closed,
    ]);
    line.terminate();
    const internal = said.find((frame) => /"code":"internal"/.test(frame));
    if (internal !== undefined) this.tell(`an internal fault: ${internal.slice(0, 300)}`, message);
    if (code === 1011) this.tell('a close with 1011', message);
    return code === undefined ? `${message.kind} heard` : `${message.kind} closed ${code}`;
  }

  private tell(what: string, message: WireMessage): void {
    const sent =
      message.kind === 'http' ? message.bytes.toString('latin1') : message.frames.map(String).join('\n');
    this.findings.push(`${what}, for ${message.kind}:\n${sent.slice(0, 1_500)}`);
  }
}

/** Linux only. */
function memoryOf({ pid }: RunningProcess): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes ?? 0) * 1024;
}
