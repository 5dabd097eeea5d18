import type { z } from 'zod';
import { NotFoundError, OverloadedError, RateLimitedError } from '../common/errors/caller-errors.js';
import { toSocketErrorBody } from '../common/errors/error-body.js';
import { SequenceGapError, SupersededError } from '../common/errors/session-errors.js';
import { assertChunkFits, chunkTooLarge } from './audio-inbox.js';
import type { AudioReceived, SessionEnd, SessionStarted, sessionStartSchema } from './events.js';
import { RecordingStart } from './recording-start.js';
import { SocketListener, type TranscriptionSocket } from './socket-listener.js';
import type { TranscriptionSession } from './transcription-session.js';
import type { OpenSession, StartedSession, TranscriptionService } from './transcription.service.js';

type Start = z.output<typeof sessionStartSchema>;

const ORIGINAL: Pick<OpenSession, 'format' | 'options' | 'isResumable'> = {
  format: { codec: 'auto' },
  options: {},
  isResumable: false,
};
/** How long an original client that was refused a session is not heard, unless the refusal says otherwise. */
const REFUSED_MS = 1_000;

/**
 * The session of one socket. A socket has one at a time; after its `session:done` the next recording of an original client, or
 * `session:start`, begins another.
 */
export class SocketSession {
  private _session: TranscriptionSession | undefined;
  private listener: SocketListener | undefined;
  private _label: string | undefined;
  private isSuperseded = false;
  private readonly recording = new RecordingStart();
  /** Until when no session is begun for an original client. */
  private refusedUntilMs = 0;

  constructor(
    private readonly socket: TranscriptionSocket,
    private readonly service: TranscriptionService,
  ) {}

  /** The one that the next chunk goes to. */
  get session(): TranscriptionSession | undefined {
    return this._session?.isEnding === false ? this._session : undefined;
  }

  /** `session:start` of typed clients. A session that is still running is ended first: its words keep coming. */
  async start(start: Start): Promise<SessionStarted> {
    return start.resume ? this.resume(start.resume) : this.begin(start);
  }

  /** `audio` of typed clients. */
  push(seq: number, chunk: Uint8Array): AudioReceived {
    const session = this.require();
    session.push(chunk, seq);
    this.listener?.enforceReading();
    return session.progress;
  }

  /** @throws SequenceGapError when chunks up to `lastSeq` are missing: the session goes on then */
  end({ lastSeq }: SessionEnd = {}): AudioReceived {
    const session = this.require();
    const { received } = session.progress;
    if (lastSeq !== undefined && lastSeq > received) throw new SequenceGapError(received + 1);
    session.end();
    return session.progress;
  }

  /** `transcription` of original clients, which neither start nor count. A session begins with a recording, not with any chunk. */
  async pushOriginal(chunk: Uint8Array): Promise<void> {
    if (chunk.byteLength === 0) return;
    const { session: running } = this;
    if (running) return running.pushOrMark(chunk);
    assertChunkFits(chunk, this.service.limits.chunkBytes);
    if (performance.now() < this.refusedUntilMs) return;
    if (this._session) this.recording.ended(this._session.hasAudio);
    const chunks = this.recording.take(chunk);
    if (chunks.length === 0) return;
    const session = this.startOriginal();
    for (const each of chunks) await session.pushOrMark(each);
  }

  /** A chunk of an original client that was too large even to be read. */
  async missOriginal(bytes: number): Promise<void> {
    const { session } = this;
    await session?.markMissing(bytes);
    throw chunkTooLarge(this.service.limits.chunkBytes);
  }

  /** `lectureId`: names the session, also when it came before the first chunk. */
  async label(label: string): Promise<void> {
    this._label = label;
    await this._session?.setLabel(label);
  }

  /** The client has gone. */
  detach(): void {
    this.listener?.close();
    if (this.listener) this._session?.detach(this.listener);
    this._session = undefined;
  }

  private async begin({
    language,
    task,
    vad,
    interim,
    words,
    format,
    label,
  }: Start): Promise<SessionStarted> {
    this._session?.end();
    this._label = label ?? this._label;
    const options = {
      ...(language && { language }),
      ...(task && { task }),
      ...(vad && { vad }),
      ...(interim && { interim }),
      ...(words && { words }),
    };
    const { session, resumeToken, ready } = this.open({ format, options, isResumable: true });
    await ready;
    return this.started(session, resumeToken);
  }

  private resume({ sessionId, token, lastEventId }: NonNullable<Start['resume']>): SessionStarted {
    const session = this.service.find(this.socket.data.caller, sessionId, token);
    if (this._session !== session) this._session?.end();
    // The same socket may ask again: it is not put out by itself.
    this.listener?.close();
    if (this.listener) session.detach(this.listener);
    this.listener = this.listen(session.id, false);
    this._session = session;
    session.resume(this.listener, lastEventId);
    return this.started(session, token);
  }

  private started(session: TranscriptionSession, resumeToken: string): SessionStarted {
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

  private startOriginal(): TranscriptionSession {
    try {
      const { session, ready } = this.open(ORIGINAL);
      ready.catch((error: unknown) =>
        this.socket.emit('session:error', { sessionId: session.id, ...toSocketErrorBody(error) }),
      );
      return session;
    } catch (error) {
      // One answer is enough for all the chunks that come meanwhile.
      const isTemporary = error instanceof RateLimitedError || error instanceof OverloadedError;
      const waitMs = (isTemporary ? error.retryAfterMs : undefined) ?? REFUSED_MS;
      this.refusedUntilMs = performance.now() + waitMs;
      throw error;
    }
  }

  private open(open: Pick<OpenSession, 'format' | 'options' | 'isResumable'>): StartedSession {
    let listener: SocketListener | undefined;
    const started = this.service.open({ caller: this.socket.data.caller, ...open }, (sessionId) => {
      listener = this.listen(sessionId, !open.isResumable);
      return listener;
    });
    this.listener = listener;
    this._session = started.session;
    if (this._label !== undefined) void started.session.setLabel(this._label);
    return started;
  }

  private listen(sessionId: string, isOriginal: boolean): SocketListener {
    this.isSuperseded = false;
    const { socket, service } = this;
    const onSuperseded = (): void => {
      if (this.listener !== listener) return;
      this._session = undefined;
      this.isSuperseded = true;
    };
    const { maxUnread } = service;
    const listener = new SocketListener({ socket, sessionId, isOriginal, maxUnread, onSuperseded });
    return listener;
  }

  private require(): TranscriptionSession {
    if (this.isSuperseded) throw new SupersededError('Another connection has resumed this session.');
    if (!this._session || this._session.isOver)
      throw new NotFoundError('There is no session: send session:start first.');
    return this._session;
  }
}
