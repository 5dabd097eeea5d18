import type { WebSocket } from 'ws';
import type { InterimTranscript, SessionStart, SessionSummary } from '../../src/transcription/events.js';
import { TranscriptionClient, type Answer, type ClientSocket } from './socket-client.js';
import { waitFor } from './wait-for.js';

export interface Speech {
  samples: Int16Array;
  /** Samples of each chunk; by default a quarter of a second. */
  chunkSamples?: number;
}

/**
 * A client as a careful app would be: keeps its chunks, resumes after a cut from where the server wants it, and remembers every
 * final in the order of arrival. Close it in `afterEach`.
 */
export class SpeakingClient extends TranscriptionClient {
  readonly events: [name: string, value: unknown][] = [];
  readonly chunks: Uint8Array[];
  done: SessionSummary | undefined;
  sessionId = '';
  token = '';
  nextSeq = 1;

  constructor(
    url: string,
    { samples, chunkSamples = 4_000 }: Speech,
    options: ConstructorParameters<typeof TranscriptionClient>[1] = {},
  ) {
    super(url, options);
    this.chunks = Array.from({ length: Math.ceil(samples.length / chunkSamples) }, (_, index) => {
      const part = samples.slice(index * chunkSamples, (index + 1) * chunkSamples);
      return new Uint8Array(part.buffer);
    });
  }

  get eventIds(): number[] {
    return this.finals.map(({ eventId }) => eventId);
  }

  get interims(): InterimTranscript[] {
    return this.events
      .filter(([name]) => name === 'transcript:interim')
      .map(([, value]) => value as InterimTranscript);
  }

  get isSpoken(): boolean {
    return this.nextSeq > this.chunks.length;
  }

  async start(options: Partial<SessionStart> = {}): Promise<Answer> {
    const format = { codec: 's16le', sampleRate: 16_000 } as const;
    const answer = await this.ask('session:start', { v: 1, format, ...options });
    if (!answer.ok) return answer;
    this.sessionId = answer['sessionId'] as string;
    this.token = answer['resumeToken'] as string;
    return answer;
  }

  /** Sends up to `count` chunks, each once the last one was answered, and does what the answers say. */
  async speak(count = this.chunks.length): Promise<void> {
    for (let sent = 0; sent < count && !this.isSpoken; sent += 1) {
      const answer = await this.send(this.nextSeq);
      if (answer.ok) this.nextSeq += 1;
      else if (answer.code === 'seq_gap') this.nextSeq = answer.expected!;
      else if (answer.code !== 'rate_limited') throw new Error(`audio was refused with ${answer.code}`);
    }
  }

  /** Sends a chunk by its number, whatever the server expects. */
  send(seq: number): Promise<Answer> {
    return this.ask('audio', { seq }, this.chunks[seq - 1]);
  }

  /** Sends without waiting for an answer, as when the line is cut in the middle. */
  sendBlindly(count: number): void {
    for (let seq = this.nextSeq; seq < this.nextSeq + count && seq <= this.chunks.length; seq += 1)
      this.socket.emit('audio', { seq }, this.chunks[seq - 1]!);
  }

  /** The network is gone: the socket is closed without a word of Socket.io. */
  cut(): void {
    this.line.terminate();
    this.socket.disconnect();
  }

  /** Takes nothing out of its TCP socket any more. It can still send. */
  stopReading(): void {
    this.line.pause();
  }

  readOn(): void {
    this.line.resume();
  }

  /** Comes back on a new connection. */
  async resume(lastEventId = this.finals.at(-1)?.eventId ?? 0): Promise<Answer> {
    this.socket.disconnect();
    this.socket = this.connect();
    const resume = { sessionId: this.sessionId, token: this.token, lastEventId };
    const answer = await this.ask('session:start', { v: 1, resume });
    if (answer.ok) this.nextSeq = answer['nextSeq'] as number;
    return answer;
  }

  /** Says the rest, ends, and waits until everything is covered. */
  async finish(): Promise<string> {
    await this.speak();
    await this.ask('session:end', { lastSeq: this.chunks.length });
    await this.isDone();
    return this.text;
  }

  isDone(): Promise<void> {
    return waitFor(() => this.done !== undefined, 'session:done');
  }

  /** Ends the session, if it is still there, so that nobody waits for its return. */
  async giveUp(): Promise<void> {
    if (this.done === undefined && this.socket.connected) await this.ask('session:end', {});
  }

  private get line(): WebSocket {
    return (this.socket.io.engine.transport as unknown as { ws: WebSocket }).ws;
  }

  protected override connect(): ClientSocket {
    const socket = super.connect();
    socket.on('session:done', (done) => (this.done = done));
    socket.onAny((name: string, value: unknown) => this.events.push([name, value]));
    return socket;
  }
}
