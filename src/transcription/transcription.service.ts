import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { AudioFormatDeclaration } from '../audio/audio-decoder.js';
import { AudioDecoderFactory } from '../audio/create-audio-decoder.js';
import { authConfig } from '../auth/auth.config.js';
import { CallerWork } from '../auth/caller-work.js';
import { assertConcerns } from '../auth/caller-rights.js';
import type { Caller } from '../auth/caller.js';
import { NotFoundError, OverloadedError, RateLimitedError } from '../common/errors/caller-errors.js';
import { WorkerUnavailableError } from '../common/errors/provider-errors.js';
import { ShuttingDownError } from '../common/errors/session-errors.js';
import { TenantConcurrencyLimit } from '../common/limits/concurrency-limit.js';
import { currentRequestId } from '../common/request/request-scope.js';
import { OpenStreams } from '../common/streams/open-streams.js';
import { processConfig } from '../config/process.config.js';
import { Budgets } from '../ledger/budgets.js';
import { workerConfig } from '../whisper-worker/worker.config.js';
import { AudioSpend } from './session/audio-spend.js';
import type { QueuePlace } from './events.js';
import type { SessionListener } from './session/session-listener.js';
import { SessionMetrics } from './session/session-metrics.js';
import { SessionRegistry } from './session/session-registry.js';
import { SessionTrace } from './session/session-trace.js';
import {
  TRANSCRIBER,
  type Transcriber,
  type TranscriberRequest,
  type TranscriberSession,
  type TranscriberOptions,
} from './transcriber.js';
import {
  TRANSCRIPT_STORE,
  type Transcript,
  type TranscriptQuery,
  type TranscriptStore,
  type TranscriptSummary,
} from './transcript-store.js';
import { TranscriptionSession, type SessionLimits } from './session/transcription-session.js';
import { transcriptionConfig } from './transcription.config.js';

export interface OpenSession {
  caller: Caller;
  format: AudioFormatDeclaration;
  options: TranscriberOptions;
  /** Whether the session outlives its connection. */
  isResumable: boolean;
  /** The span of the caller, where it is not that in which the code runs. */
  traceparent?: string;
}

/** A session that takes audio at once, while its transcriber is still being found. */
export interface StartedSession<Listener extends SessionListener> {
  session: TranscriptionSession;
  listener: Listener;
  resumeToken: string;
  /** Resolves when a transcriber was found or the session waits for one in the queue; rejects when there is none, and it is over then. */
  ready: Promise<void>;
}

/** How soon a transcriber is searched for again when there was none. */
const RETRY_MS = 1_000;
/** The share of a shutdown's time that sessions have to end in. */
const LAST_WORDS = 0.8;

@Injectable()
export class TranscriptionService {
  private readonly logger = new Logger(TranscriptionService.name);
  readonly limits: SessionLimits;
  /** Events that a client may leave unread. */
  readonly maxUnread: number;
  private readonly limit: TenantConcurrencyLimit;
  private readonly maxPerCaller: number;
  /** Under which audio is counted. */
  private readonly model: string;
  private readonly registry: SessionRegistry;

  constructor(
    @Inject(transcriptionConfig.KEY) config: ConfigType<typeof transcriptionConfig>,
    @Inject(authConfig.KEY) auth: ConfigType<typeof authConfig>,
    @Inject(processConfig.KEY) process: ConfigType<typeof processConfig>,
    private readonly streams: OpenStreams,
    @Inject(workerConfig.KEY) worker: ConfigType<typeof workerConfig>,
    private readonly budgets: Budgets,
    private readonly decoders: AudioDecoderFactory,
    @Inject(TRANSCRIBER) private readonly transcriber: Transcriber,
    @Inject(TRANSCRIPT_STORE) private readonly store: TranscriptStore,
    private readonly metrics: SessionMetrics,
    private readonly work: CallerWork,
  ) {
    const { maxChunkBytes, inboxBytes, stallMs, idleTimeoutMs, resumeMs, maxSessionMs } = config;
    const { maxSessions, maxPerCaller, maxUnread } = config;
    this.limits = {
      chunkBytes: maxChunkBytes,
      inboxBytes,
      stallMs,
      idleMs: idleTimeoutMs,
      resumeMs,
      maxSessionMs,
    };
    this.model = modelName(worker);
    this.maxUnread = maxUnread;
    this.limit = new TenantConcurrencyLimit(maxSessions, 'live sessions', auth.tenantSharing);
    this.maxPerCaller = maxPerCaller;
    this.registry = new SessionRegistry(resumeMs, maxSessions);
    metrics.watch(this.limit);
    streams.closing.addEventListener('abort', () => this.shutDown(process.shutdownGraceMs * LAST_WORDS));
  }

  get liveSessions(): number {
    return this.limit.taken;
  }

  /** @throws OverloadedError, RateLimitedError, ShuttingDownError, InvalidInputError for an impossible format */
  open<Listener extends SessionListener>(
    { caller, format, options, isResumable, traceparent }: OpenSession,
    listen: (sessionId: string) => Listener,
  ): StartedSession<Listener> {
    this.work.assertMayBegin(caller);
    if (this.streams.closing.aborted) throw new ShuttingDownError();
    const decoder = this.decoders.create(format, caller.tenantId);
    const leave = this.enter(caller.tenantId);
    const owner = { tenantId: caller.tenantId, sessionId: randomUUID() };
    const listener = listen(owner.sessionId);
    const spend = new AudioSpend(this.budgets, caller, this.model);
    const trace = new SessionTrace(owner.sessionId, traceparent);
    const session = new TranscriptionSession(
      {
        owner,
        decoder,
        store: this.store,
        spend,
        limits: this.limits,
        isResumable,
        metrics: this.metrics,
        trace,
      },
      listener,
    );
    const resumeToken = isResumable ? this.registry.addResumable(session) : '';
    if (!isResumable) this.registry.add(session);
    const leaveWork = this.work.enter(caller, (reason) => session.breakOff(reason));
    const requestId = currentRequestId();
    const request = {
      ...owner,
      ...(requestId !== null && { requestId }),
      ...trace.forEngine,
      options,
      isPatient: !isResumable,
    };
    const ready = trace.within(() =>
      this.run(session, spend, request, () => {
        trace.end();
        leaveWork();
        leave();
      }),
    );
    ready.catch((error: unknown) => trace.failed(error));
    return { session, listener, resumeToken, ready };
  }

  /**
   * The session that a client comes back to.
   * @throws ResumeExpiredError when it is no longer there, UnauthorizedError for a wrong token
   */
  find(caller: Caller, sessionId: string, token: string): TranscriptionSession {
    this.work.assertNotExpired(caller);
    assertConcerns(caller, { kind: 'session', id: sessionId });
    return this.registry.find(caller.tenantId, sessionId, token);
  }

  /** A shutdown waits for a client that is being told what it has missed, also of a session that is over. */
  awaitAtShutdown(telling: Promise<void>): void {
    void telling.finally(this.streams.enter());
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
  private run(
    session: TranscriptionSession,
    spend: AudioSpend,
    request: TranscriberRequest,
    leave: () => void,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const opening = spend.begin().then(() => this.openTranscriber(session, request, resolve));
      opening.then(() => resolve(), reject);
      const running = session.run(opening).catch((err: unknown) => {
        this.logger.error({ sessionId: session.id, err }, 'Session could not be ended');
      });
      void running.finally(() => {
        this.registry.ended(session);
        spend.close();
        leave();
      });
    });
  }

  /**
   * Opens a transcriber. An original client cannot restart its recording, whose header is in its first chunk, so for that client the search
   * goes on, with the chunk in the inbox, until a transcriber is found or the client leaves.
   */
  private async openTranscriber(
    session: TranscriptionSession,
    request: TranscriberRequest,
    onWaiting: () => void,
  ): Promise<TranscriberSession> {
    const signal = session.abandoned;
    const onQueued = (place: QueuePlace): void => {
      session.queued(place);
      onWaiting();
    };
    for (;;) {
      try {
        return await this.transcriber.open(request, { signal, onQueued });
      } catch (error) {
        const mayCome = error instanceof WorkerUnavailableError || error instanceof OverloadedError;
        if (!request.isPatient || !mayCome || session.isEnding) throw error;
        session.waitForTranscriber();
        onWaiting();
        await sleep(RETRY_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  }

  /** Ends all sessions. Those that are not over after `afterMs` are broken off while their clients can still be told so. */
  private shutDown(afterMs: number): void {
    for (const session of this.registry.running) session.shutDown(new ShuttingDownError());
    setTimeout(() => {
      for (const session of this.registry.running) session.breakOff(new ShuttingDownError());
    }, afterMs).unref();
  }

  /**
   * @throws RateLimitedError when the caller has as many sessions as one may have
   * @throws OverloadedError when all places, or the tenant's share of them, are taken
   */
  private enter(tenantId: string): () => void {
    if (this.limit.takenBy(tenantId) >= this.maxPerCaller)
      throw new RateLimitedError(`A caller may have ${this.maxPerCaller} live sessions.`, {
        retryAfterMs: 1_000,
      });
    const release = this.limit.acquire(tenantId);
    const leaveStreams = this.streams.enter();
    return () => {
      release();
      leaveStreams();
    };
  }
}

/** A path is nobody's business, and workers elsewhere have whatever model they have. */
function modelName({ engine, model }: ConfigType<typeof workerConfig>): string {
  return engine === 'openai' ? model : basename(model);
}
