import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { AudioFormatDeclaration } from '../audio/audio-decoder.js';
import { AudioDecoderFactory } from '../audio/create-audio-decoder.js';
import type { Caller } from '../auth/caller.js';
import { NotFoundError, OverloadedError } from '../common/errors/caller-errors.js';
import { WorkerUnavailableError } from '../common/errors/provider-errors.js';
import { ShuttingDownError } from '../common/errors/session-errors.js';
import { OpenStreams } from '../common/streams/open-streams.js';
import { AppConfig } from '../config/app-config.js';
import type { SessionOptions } from '../whisper-protocol/messages.js';
import { CallerPlaces } from './caller-places.js';
import { ResumableSessions } from './resumable-sessions.js';
import type { SessionListener } from './session-listener.js';
import {
  TRANSCRIBER,
  type OpenOptions,
  type Transcriber,
  type TranscriberRequest,
  type TranscriberSession,
} from './transcriber.js';
import {
  TRANSCRIPT_STORE,
  type Transcript,
  type TranscriptQuery,
  type TranscriptStore,
  type TranscriptSummary,
} from './transcript-store.js';
import { TranscriptionSession, type SessionLimits } from './transcription-session.js';

export interface OpenSession {
  caller: Caller;
  format: AudioFormatDeclaration;
  options: SessionOptions;
  /** Whether the session outlives its connection. */
  isResumable: boolean;
}

/** A session that takes audio at once, while its transcriber is still being found. */
export interface StartedSession {
  session: TranscriptionSession;
  resumeToken: string;
  /** Resolves when a transcriber was found or the session waits for one in the queue; rejects when there is none, and it is over then. */
  ready: Promise<void>;
}

/** How soon a transcriber is looked for again when there was none. */
const RETRY_MS = 1_000;
/** The part of a shutdown's time after which sessions are not waited for any more. */
const LAST_WORDS = 0.8;

@Injectable()
export class TranscriptionService {
  private readonly logger = new Logger(TranscriptionService.name);
  readonly limits: SessionLimits;
  /** Events that a client may leave unread. */
  readonly maxUnread: number;
  private readonly running = new Set<TranscriptionSession>();
  private readonly places: CallerPlaces;
  private readonly resumable: ResumableSessions;

  constructor(
    config: AppConfig,
    private readonly streams: OpenStreams,
    private readonly decoders: AudioDecoderFactory,
    @Inject(TRANSCRIBER) private readonly transcriber: Transcriber,
    @Inject(TRANSCRIPT_STORE) private readonly store: TranscriptStore,
  ) {
    const { maxChunkBytes, inboxBytes, stallMs, idleTimeoutMs, resumeMs, maxSessionMs } =
      config.transcription;
    const { maxSessions, maxPerCaller, maxUnread } = config.transcription;
    this.limits = {
      chunkBytes: maxChunkBytes,
      inboxBytes,
      stallMs,
      idleMs: idleTimeoutMs,
      resumeMs,
      maxSessionMs,
    };
    this.maxUnread = maxUnread;
    this.places = new CallerPlaces(maxSessions, maxPerCaller, config.tenantSharing);
    this.resumable = new ResumableSessions(resumeMs, maxSessions);
    streams.closing.addEventListener('abort', () => {
      for (const session of this.running) session.shutDown();
      this.cutShort(config.server.shutdownGraceMs * LAST_WORDS);
    });
  }

  get liveSessions(): number {
    return this.places.taken;
  }

  /** @throws OverloadedError, RateLimitedError, ShuttingDownError, InvalidInputError for an impossible format */
  open(
    { caller, format, options, isResumable }: OpenSession,
    listen: (sessionId: string) => SessionListener,
  ): StartedSession {
    if (this.streams.closing.aborted) throw new ShuttingDownError('The server is shutting down.');
    const decoder = this.decoders.create(format, caller.tenantId);
    const leave = this.enter(caller.tenantId);
    const owner = { tenantId: caller.tenantId, sessionId: randomUUID() };
    const session = new TranscriptionSession(
      { owner, decoder, store: this.store, limits: this.limits, isResumable },
      listen(owner.sessionId),
    );
    const resumeToken = isResumable ? this.resumable.add(session) : '';
    return { session, resumeToken, ready: this.run(session, options, leave) };
  }

  /**
   * The session that a client comes back to.
   * @throws ResumeExpiredError when it is no longer there, UnauthorizedError for a wrong token
   */
  find(caller: Caller, sessionId: string, token: string): TranscriptionSession {
    return this.resumable.find(caller.tenantId, sessionId, token);
  }

  /** @throws NotFoundError for a session that is unknown, no longer kept, or another tenant's */
  async transcript(caller: Caller, sessionId: string): Promise<Transcript> {
    const transcript = await this.store.read({ tenantId: caller.tenantId, sessionId });
    if (!transcript) throw new NotFoundError('There is no such session.');
    return transcript;
  }

  transcripts(caller: Caller, query: TranscriptQuery): Promise<TranscriptSummary[]> {
    return this.store.list(caller.tenantId, query);
  }

  /** Finds a transcriber and runs the session. Gives the promise of `StartedSession.ready`. */
  private run(session: TranscriptionSession, options: SessionOptions, leave: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const search = {
        signal: session.abandoned,
        onQueued: (place: { position: number; etaMs: number }): void => {
          session.queued(place);
          resolve();
        },
      };
      const request = { ...session.owner, options, isPatient: !session.isResumable };
      const opening = this.openTranscriber(session, request, { ...search, onWaiting: resolve });
      opening.then(
        () => resolve(),
        (error: unknown) => {
          if (!session.isWaiting) this.resumable.remove(session.id);
          reject(error);
        },
      );
      this.running.add(session);
      const running = session.run(opening).catch((err: unknown) => {
        this.logger.error({ sessionId: session.id, err }, 'Session could not be ended');
      });
      void running.finally(() => {
        this.running.delete(session);
        this.resumable.ended(session.id);
        leave();
      });
    });
  }

  /**
   * The recording of a client that cannot begin again has its header in the first chunk only: it waits in the inbox until there
   * is a transcriber, or the client has gone.
   */
  private async openTranscriber(
    session: TranscriptionSession,
    request: TranscriberRequest,
    { onWaiting, ...search }: OpenOptions & { onWaiting: () => void },
  ): Promise<TranscriberSession> {
    for (;;) {
      try {
        return await this.transcriber.open(request, search);
      } catch (error) {
        const mayCome = error instanceof WorkerUnavailableError || error instanceof OverloadedError;
        if (!request.isPatient || !mayCome || session.isEnding) throw error;
        session.waitForTranscriber();
        onWaiting();
        await sleep(RETRY_MS, undefined, { signal: session.abandoned }).catch(() =>
          session.abandoned.throwIfAborted(),
        );
      }
    }
  }

  /** What is not over by then is told why, while there is still somebody who could tell it. */
  private cutShort(afterMs: number): void {
    setTimeout(() => {
      for (const session of this.running) session.cutShort();
    }, afterMs).unref();
  }

  private enter(tenantId: string): () => void {
    const releasePlace = this.places.acquire(tenantId);
    const leaveStreams = this.streams.enter();
    return () => {
      releasePlace();
      leaveStreams();
    };
  }
}
