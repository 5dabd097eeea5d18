import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import type {
  ClientToServerEvents,
  FinalTranscript,
  ServerToClientEvents,
  SessionStart,
} from '../../src/transcription/events.js';
import type { SocketErrorBody } from '../../src/common/errors/error-body.js';

export type ClientSocket = Socket<ServerToClientEvents, ClientToServerEvents>;
export type Answer = { ok: boolean } & Partial<SocketErrorBody> & Record<string, unknown>;

/** A client of live transcription that remembers what it was told. Close it in `afterEach`. */
export class TranscriptionClient {
  readonly finals: FinalTranscript[] = [];
  readonly errors: SocketErrorBody[] = [];
  socket: ClientSocket;

  constructor(
    private readonly url: string,
    private readonly options: Partial<ManagerOptions & SocketOptions> = {},
  ) {
    this.socket = this.connect();
  }

  get text(): string {
    return this.finals.map(({ text }) => text).join(' ');
  }

  /** Sends any event, also one that no typed client would, and gives the acknowledgement. */
  async ask(event: string, ...args: unknown[]): Promise<Answer> {
    return (await this.socket
      .timeout(15_000)
      .emitWithAck(event as 'session:end', ...(args as [never]))) as Answer;
  }

  close(): void {
    this.socket.close();
  }

  protected connect(): ClientSocket {
    const socket: ClientSocket = io(this.url, {
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      ...this.options,
    });
    socket.on('transcript:final', (final) => this.finals.push(final));
    socket.on('session:error', (error) => this.errors.push(error));
    return socket;
  }
}

/** A client that sends recordings, or the original events. */
export class CaptionClient extends TranscriptionClient {
  readonly originals: string[] = [];
  private seq = 0;

  /** Resolves once connected; rejects with the `connect_error`. */
  connected(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.socket.connected) return resolve();
      this.socket.once('connect', () => resolve());
      this.socket.once('connect_error', reject);
    });
  }

  next<E extends keyof ServerToClientEvents>(event: E): Promise<Parameters<ServerToClientEvents[E]>[0]> {
    const emitter = this.socket as unknown as { once(event: string, listener: (value: never) => void): void };
    return new Promise((resolve) => emitter.once(event, resolve));
  }

  /** Resolves when `count` original results have come. */
  async hears(count: number): Promise<string[]> {
    while (this.originals.length < count) await this.next('transitionResult');
    return this.originals;
  }

  start(start: Partial<SessionStart> = {}): Promise<Answer> {
    this.seq = 0;
    return this.ask('session:start', { v: 1, language: 'en', ...start });
  }

  audio(bytes: Uint8Array): Promise<Answer> {
    this.seq += 1;
    return this.ask('audio', { seq: this.seq }, bytes);
  }

  /** Sends a whole recording in chunks and waits until all of it has become words. */
  async transcribe(
    recording: Uint8Array,
    start: Partial<SessionStart> = {},
    chunkBytes = 8_000,
  ): Promise<string> {
    const started = await this.start(start);
    if (!started.ok) throw new Error(`session:start was refused with ${started.code}`);
    const done = this.next('session:done');
    for (const chunk of chunksOf(recording, chunkBytes)) {
      const answer = await this.audio(chunk);
      if (!answer.ok) throw new Error(`audio was refused with ${answer.code}`);
    }
    await this.ask('session:end', {});
    await done;
    return this.text;
  }

  protected override connect(): ClientSocket {
    const socket = super.connect();
    socket.on('transitionResult', (text) => this.originals.push(text));
    return socket;
  }
}

export function chunksOf(bytes: Uint8Array, chunkBytes: number): Uint8Array[] {
  const count = Math.ceil(bytes.length / chunkBytes);
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  );
}
