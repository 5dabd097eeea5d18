import type { z } from 'zod';
import { NotFoundError } from '../common/errors/caller-errors.js';
import { toSocketErrorBody } from '../common/errors/error-body.js';
import { SequenceGapError, SupersededError } from '../common/errors/session-errors.js';
import type { AudioReceived, SessionEnd, SessionStarted, sessionStartSchema } from './events.js';
import { SocketListener, type TranscriptionSocket } from './socket-listener.js';
import type { TranscriptionSession } from './transcription-session.js';
import type { OpenSession, StartedSession, TranscriptionService } from './transcription.service.js';

type Start = z.output<typeof sessionStartSchema>;

const ORIGINAL: Pick<OpenSession, 'format' | 'options' | 'isResumable'> = {
  format: { codec: 'auto' },
  options: {},
  isResumable: false,
};

/**
 * The session of one socket. A socket has one at a time; after its `session:done` the next chunk of an original client, or
 * `session:start`, begins another.
 */
export class SocketSession {
  #session: TranscriptionSession | undefined;
  #listener: SocketListener | undefined;
  #label: string | undefined;
  #isSuperseded = false;

  constructor(
    private readonly socket: TranscriptionSocket,
    private readonly service: TranscriptionService,
  ) {}

  /** `session:start` of typed clients. A session that is still running is ended first: its words keep coming. */
  async start(start: Start): Promise<SessionStarted> {
    return start.resume ? this.#resume(start.resume) : this.#begin(start);
  }

  /** `audio` of typed clients. */
  push(seq: number, chunk: Uint8Array): AudioReceived {
    const session = this.#require();
    session.push(chunk, seq);
    this.#listener?.enforceReading();
    return session.progress;
  }

  /** @throws SequenceGapError when chunks up to `lastSeq` are missing: the session goes on then */
  end({ lastSeq }: SessionEnd = {}): AudioReceived {
    const session = this.#require();
    const { received } = session.progress;
    if (lastSeq !== undefined && lastSeq > received) throw new SequenceGapError(received + 1);
    session.end();
    return session.progress;
  }

  /** `transcription` of original clients, which neither start nor count. */
  async pushOriginal(chunk: Uint8Array): Promise<void> {
    if (!this.#session || this.#session.isEnding) this.#startOriginal();
    await this.#session?.pushOrMark(chunk);
  }

  /** `lectureId`: names the session, also when it came before the first chunk. */
  async label(label: string): Promise<void> {
    this.#label = label;
    await this.#session?.setLabel(label);
  }

  /** The client has gone. */
  detach(): void {
    this.#listener?.close();
    if (this.#listener) this.#session?.detach(this.#listener);
    this.#session = undefined;
  }

  async #begin({ language, task, vad, interim, words, format, label }: Start): Promise<SessionStarted> {
    this.#session?.end();
    this.#label = label ?? this.#label;
    const options = {
      ...(language && { language }),
      ...(task && { task }),
      ...(vad && { vad }),
      ...(interim && { interim }),
      ...(words && { words }),
    };
    const { session, resumeToken, ready } = this.#open({ format, options, isResumable: true });
    await ready;
    return this.#started(session, resumeToken);
  }

  #resume({ sessionId, token, lastEventId }: NonNullable<Start['resume']>): SessionStarted {
    const session = this.service.find(this.socket.data.caller, sessionId, token);
    if (this.#session !== session) this.#session?.end();
    // The same socket may ask again: it is not put out by itself.
    this.#listener?.close();
    if (this.#listener) session.detach(this.#listener);
    this.#listener = this.#listen(false);
    this.#session = session;
    session.resume(this.#listener, lastEventId);
    return this.#started(session, token);
  }

  #started(session: TranscriptionSession, resumeToken: string): SessionStarted {
    const { chunkBytes, stallMs, idleMs, resumeMs, maxSessionMs } = this.service.limits;
    const { received, durable, credit } = session.progress;
    return {
      sessionId: session.id,
      resumeToken,
      nextSeq: received + 1,
      durableSeq: durable,
      lastEventId: session.lastEventId,
      credit,
      ...(session.place && { queued: session.place }),
      limits: { chunkBytes, stallMs, idleMs, resumeMs, maxSessionMs },
    };
  }

  #startOriginal(): void {
    const { ready } = this.#open(ORIGINAL);
    ready.catch((error: unknown) => this.socket.emit('session:error', toSocketErrorBody(error)));
  }

  #open(open: Pick<OpenSession, 'format' | 'options' | 'isResumable'>): StartedSession {
    const listener = this.#listen(!open.isResumable);
    const started = this.service.open({ caller: this.socket.data.caller, ...open }, listener);
    this.#listener = listener;
    this.#session = started.session;
    if (this.#label !== undefined) void started.session.setLabel(this.#label);
    return started;
  }

  #listen(isOriginal: boolean): SocketListener {
    this.#isSuperseded = false;
    const listener = new SocketListener(this.socket, isOriginal, this.service.maxUnread, () => {
      if (this.#listener !== listener) return;
      this.#session = undefined;
      this.#isSuperseded = true;
    });
    return listener;
  }

  #require(): TranscriptionSession {
    if (this.#isSuperseded) throw new SupersededError('Another connection has resumed this session.');
    if (!this.#session || this.#session.isOver)
      throw new NotFoundError('There is no session: send session:start first.');
    return this.#session;
  }
}
