import { once } from 'node:events';
import { WebSocket } from 'ws';
import {
  parseFrame,
  PROTOCOL_VERSION,
  workerMessageSchema,
  type FinalMessage,
  type Hello,
  type WorkerMessage,
} from '../../src/whisper-protocol/messages.js';

const FRAME_SAMPLES = 3_200;

/** A gateway's side of the worker protocol, for tests. Every frame of the worker is checked against the schema. */
export class WorkerClient {
  readonly messages: WorkerMessage[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  private waiting: {
    matches: (message: WorkerMessage) => boolean;
    resolve: (message: WorkerMessage) => void;
  }[] = [];

  private constructor(readonly socket: WebSocket) {
    this.closed = once(socket, 'close').then(([code, reason]) => ({
      code: code as number,
      reason: String(reason),
    }));
    socket.on('message', (data: Buffer) => this.receive(data.toString()));
    socket.on('error', () => undefined);
  }

  static async connect(port: number): Promise<WorkerClient> {
    const client = new WorkerClient(new WebSocket(`ws://127.0.0.1:${port}/ws`));
    await once(client.socket, 'open');
    return client;
  }

  /** Connects and says hello; the answer is awaited. */
  static async open(port: number, hello: Partial<Hello> = {}): Promise<WorkerClient> {
    const client = await WorkerClient.connect(port);
    client.hello(hello);
    await client.next('ready');
    return client;
  }

  get finals(): FinalMessage[] {
    return this.messages.filter((message) => message.type === 'final');
  }

  get text(): string {
    return this.finals.map(({ text }) => text).join(' ');
  }

  hello(hello: Partial<Hello> = {}): void {
    const frame = { type: 'hello', v: PROTOCOL_VERSION, token: '', sessionId: 'test', epoch: 0, start: 0 };
    this.socket.send(JSON.stringify({ ...frame, ...hello }));
  }

  send(samples: Int16Array, frameSamples = FRAME_SAMPLES): void {
    for (let at = 0; at < samples.length; at += frameSamples) {
      const frame = samples.subarray(at, at + frameSamples);
      this.socket.send(Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength));
    }
  }

  stall(): void {
    this.socket.send('{"type":"stall"}');
  }

  /** Ends the session and waits until the worker has said everything. */
  async end(): Promise<Extract<WorkerMessage, { type: 'done' }>> {
    this.socket.send('{"type":"end"}');
    return this.next('done');
  }

  /** The first message of this type, already here or still to come; rejects when the socket closes before. */
  async next<T extends WorkerMessage['type']>(
    type: T,
    matches: (message: Extract<WorkerMessage, { type: T }>) => boolean = () => true,
  ): Promise<Extract<WorkerMessage, { type: T }>> {
    const isIt = (message: WorkerMessage): boolean =>
      message.type === type && matches(message as Extract<WorkerMessage, { type: T }>);
    const found = this.messages.find(isIt);
    const message =
      found ??
      (await Promise.race([
        new Promise<WorkerMessage>((resolve) => this.waiting.push({ matches: isIt, resolve })),
        this.closed.then(({ code, reason }) => {
          throw new Error(`Closed with ${code} ${reason} while waiting for ${type}`);
        }),
      ]));
    return message as Extract<WorkerMessage, { type: T }>;
  }

  terminate(): void {
    this.socket.terminate();
  }

  private receive(frame: string): void {
    const message = parseFrame(workerMessageSchema, frame);
    if (!message) throw new Error(`The worker sent a frame that the protocol does not know: ${frame}`);
    this.messages.push(message);
    this.waiting = this.waiting.filter(({ matches, resolve }) => {
      if (!matches(message)) return true;
      resolve(message);
      return false;
    });
  }
}
