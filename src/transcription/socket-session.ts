import type { Socket } from 'socket.io';
import type { z } from 'zod';
import type { AdmittedSocketData } from '../auth/socket-admission.js';
import { NotFoundError } from '../common/errors/caller-errors.js';
import { toSocketErrorBody } from '../common/errors/error-body.js';
import type {
  AudioReceived,
  ClientToServerEvents,
  ServerToClientEvents,
  SessionStarted,
  sessionStartSchema,
} from './events.js';
import type { SessionListener, TranscriptionSession } from './transcription-session.js';
import type { OpenSession, StartedSession, TranscriptionService } from './transcription.service.js';

export type TranscriptionSocket = Socket<
  ClientToServerEvents,
  ServerToClientEvents,
  Record<string, never>,
  AdmittedSocketData
>;

const ORIGINAL_DEFAULTS: Pick<OpenSession, 'format' | 'options'> = { format: { codec: 'auto' }, options: {} };

/**
 * The session of one socket. A socket has one at a time; after its `session:done` the next chunk of an original client, or
 * `session:start`, begins another.
 */
export class SocketSession {
  #session: TranscriptionSession | undefined;
  #label: string | undefined;

  constructor(
    private readonly socket: TranscriptionSocket,
    private readonly service: TranscriptionService,
  ) {}

  /** `session:start` of typed clients. A session that is still running is ended first: its words keep coming. */
  async start(start: z.output<typeof sessionStartSchema>): Promise<SessionStarted> {
    const { language, task, vad, format, label } = start;
    this.#session?.end();
    const options = { ...(language && { language }), ...(task && { task }), ...(vad && { vad }) };
    this.#label = label ?? this.#label;
    const { session, ready } = this.#open({ format, options }, (final) =>
      this.socket.emit('transcript:final', final),
    );
    await ready;
    const { chunkBytes, stallMs, idleMs } = this.service.limits;
    return { sessionId: session.id, nextSeq: session.received + 1, limits: { chunkBytes, stallMs, idleMs } };
  }

  /** `audio` of typed clients. */
  push(seq: number, chunk: Uint8Array): AudioReceived {
    const session = this.#require();
    session.push(chunk, seq);
    return { received: session.received };
  }

  end(): void {
    this.#require().end();
  }

  /** `transcription` of original clients, which neither start nor count. */
  pushOriginal(chunk: Uint8Array): void {
    if (!this.#session || this.#session.isEnding) this.#startOriginal();
    this.#session?.push(chunk);
  }

  /** `lectureId`: names the session, also when it came before the first chunk. */
  async label(label: string): Promise<void> {
    this.#label = label;
    await this.#session?.setLabel(label);
  }

  /** The client has gone. */
  detach(): void {
    this.#session?.detach();
    this.#session = undefined;
  }

  #startOriginal(): void {
    const { ready } = this.#open(ORIGINAL_DEFAULTS, (final) =>
      this.socket.emit('transitionResult', final.text),
    );
    ready.catch((error: unknown) => this.socket.emit('session:error', toSocketErrorBody(error)));
  }

  #open(open: Pick<OpenSession, 'format' | 'options'>, sendFinal: SessionListener['final']): StartedSession {
    const started = this.service.open(
      { caller: this.socket.data.caller, ...open },
      {
        final: sendFinal,
        speech: (state, at) => this.socket.emit('speech', { state, at }),
        state: (state) => this.socket.emit('session:state', { state }),
        failed: (error) => this.socket.emit('session:error', toSocketErrorBody(error)),
        done: (summary) => this.socket.emit('session:done', summary),
      },
    );
    const { session, over } = started;
    this.#session = session;
    if (this.#label !== undefined) void session.setLabel(this.#label);
    void over.then(() => {
      if (this.#session === session) this.#session = undefined;
    });
    return started;
  }

  #require(): TranscriptionSession {
    if (!this.#session) throw new NotFoundError('There is no session: send session:start first.');
    return this.#session;
  }
}
