import type { z } from 'zod';
import {
  NotFoundError,
  OverloadedError,
  RateLimitedError,
  TooLargeError,
} from '../../common/errors/caller-errors.js';
import { tellFailure } from '../../common/sockets/describe-failure.js';
import { SequenceGapError, SupersededError } from '../../common/errors/session-errors.js';
import { assertChunkFits, chunkTooLarge } from '../session/audio-inbox.js';
import type { AudioReceived, SessionEnd, SessionStarted, sessionStartSchema } from '../events.js';
import { RecordingStart } from './recording-start.js';
import { SocketListener, type TranscriptionSocket } from './socket-listener.js';
import type { TranscriptionSession } from '../session/transcription-session.js';
import type { OpenSession, StartedSession, TranscriptionService } from '../transcription.service.js';

type Start = z.output<typeof sessionStartSchema>;

const ORIGINAL: Pick<OpenSession, 'format' | 'options' | 'isResumable'> = {
  format: { codec: 'auto' },
  options: {},
  isResumable: false,
};

interface Attached {
  session: TranscriptionSession;
  listener: SocketListener;
}

/** How long no session is begun for an original client that was refused one, unless the refusal says otherwise. */
const REFUSED_MS = 1_000;

/**
 * The session of one socket. A socket has one at a time; after its `session:done` the next recording of an original client, or
 * `session:start`, begins another.
 */
export class SocketSession {
  /** The session that was started or resumed last. Another connection may have resumed it since. */
  private attached: Attached | undefined;
  private givenLabel: string | undefined;
  private readonly recording = new RecordingStart();
  /** Until when no session is begun for an original client. */
  private refusedUntilMs = 0;

  constructor(
    private readonly socket: TranscriptionSocket,
    private readonly service: TranscriptionService,
  ) {}

  /** The one that the next chunk goes to. */
  get session(): TranscriptionSession | undefined {
    const session = this.own?.session;
    return session?.isEnding === false ? session : undefined;
  }

  /** `session:start` of typed clients. A session that is still running is ended first: its words keep coming. */
  async start(start: Start): Promise<SessionStarted> {
    return start.resume ? this.resume(start.resume) : this.begin(start);
  }

  /** `audio` of typed clients. */
  push(seq: number, chunk: Uint8Array): AudioReceived {
    const { session, listener } = this.require();
    session.push(chunk, seq);
    listener.enforceReading();
    return session.progress;
  }

  /** @throws SequenceGapError when chunks up to `lastSeq` are missing: the session goes on then */
  end({ lastSeq }: SessionEnd = {}): AudioReceived {
    const { session } = this.require();
    const { received } = session.progress;
    if (lastSeq !== undefined && lastSeq > received) throw new SequenceGapError(received + 1);
    session.end();
    return session.progress;
  }

  /** `transcription` of original clients, which neither start nor count. A session begins with a recording, not with any chunk. */
  async pushOriginal(chunk: Uint8Array): Promise<void> {
    if (chunk.byteLength === 0) return;
    const { session: running } = this;
    if (running) return pushOrMark(running, chunk);
    assertChunkFits(chunk, this.service.limits.chunkBytes);
    if (performance.now() < this.refusedUntilMs) return;
    if (this.own) this.recording.ended(this.own.session.hasAudio);
    const chunks = this.recording.write(chunk);
    if (chunks.length === 0) return;
    const session = this.startOriginal();
    for (const each of chunks) await pushOrMark(session, each);
  }

  /** A chunk of an original client that was too large even to be read. */
  async missOriginal(bytes: number): Promise<void> {
    const { session } = this;
    await session?.markMissing(bytes);
    throw chunkTooLarge(this.service.limits.chunkBytes);
  }

  /** `lectureId`: names the session, also when it came before the first chunk. */
  async label(label: string): Promise<void> {
    this.givenLabel = label;
    await this.own?.session.setLabel(label);
  }

  /** The client has gone. */
  detach(): void {
    this.attached?.listener.close();
    this.attached?.session.detach(this.attached.listener);
    this.attached = undefined;
  }

  private async begin({
    language,
    task,
    vad,
    interim,
    captions,
    words,
    format,
    label,
    traceparent,
  }: Start): Promise<SessionStarted> {
    this.own?.session.end();
    this.givenLabel = label ?? this.givenLabel;
    const options = {
      ...(language && { language }),
      ...(task && { task }),
      ...(vad && { vad }),
      ...(interim && { interim }),
      ...(captions && { captions }),
      ...(words && { words }),
    };
    const opening = { format, options, isResumable: true, ...(traceparent && { traceparent }) };
    const { session, resumeToken, ready } = this.open(opening);
    await ready;
    return this.started(session, resumeToken);
  }

  private resume({ sessionId, token, lastEventId }: NonNullable<Start['resume']>): SessionStarted {
    const session = this.service.find(this.socket.data.caller, sessionId, token);
    if (this.own?.session !== session) this.own?.session.end();
    // The same socket may resume again: it does not supersede itself.
    this.attached?.listener.close();
    if (this.attached) session.detach(this.attached.listener);
    const listener = this.listen(session.id, false);
    this.attached = { session, listener };
    this.service.awaitAtShutdown(session.resume(listener, lastEventId));
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
        this.socket.emit('session:error', { sessionId: session.id, ...tellFailure(error) }),
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

  private open(open: Omit<OpenSession, 'caller'>): StartedSession<SocketListener> {
    const { socket, service } = this;
    const started = service.open({ caller: socket.data.caller, ...open }, (sessionId) =>
      this.listen(sessionId, !open.isResumable),
    );
    const { session, listener } = started;
    this.attached = { session, listener };
    if (this.givenLabel !== undefined) void session.setLabel(this.givenLabel);
    return started;
  }

  private listen(sessionId: string, isOriginal: boolean): SocketListener {
    const { socket, service } = this;
    return new SocketListener({ socket, sessionId, isOriginal, maxUnread: service.maxUnread });
  }

  /** The session of this socket, unless another connection has resumed it. */
  private get own(): Attached | undefined {
    return this.attached?.session.has(this.attached.listener) ? this.attached : undefined;
  }

  private require(): Attached {
    const { attached, own } = this;
    if (attached && !own) throw new SupersededError('Another connection has resumed this session.');
    if (!own || own.session.isOver) throw new NotFoundError('There is no session: send session:start first.');
    return own;
  }
}

/** For a client that does not send a refused chunk again: audio that does not fit is missing, and marked so. */
async function pushOrMark(session: TranscriptionSession, chunk: Uint8Array): Promise<void> {
  try {
    session.push(chunk);
  } catch (error) {
    const isMissing = error instanceof RateLimitedError || error instanceof TooLargeError;
    if (isMissing) await session.markMissing(chunk.byteLength);
    throw error;
  }
}
