import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { authConfig } from '../../../auth/auth.config.js';
import { OverloadedError } from '../../../common/errors/caller-errors.js';
import { MetricsRegistry } from '../../../metrics/metrics-registry.js';
import { workerConfig } from '../../../whisper-worker/worker.config.js';
import type { OpenOptions, Transcriber, TranscriberRequest, TranscriberSession } from '../../transcriber.js';
import { transcriptionConfig } from '../../transcription.config.js';
import { Probation } from './probation.js';
import { WhisperSession } from './whisper-session.js';
import { WhisperWorkerClient } from './whisper-worker.client.js';
import { WORKER_POOL, type WorkerPool } from './worker-pool.js';
import { WorkerQueue } from './worker-queue.js';

/** Transcribes by Whisper workers; see `WhisperSession` for how a session outlives the loss of one. */
@Injectable()
export class WhisperTranscriber implements Transcriber, BeforeApplicationShutdown {
  private readonly queue: WorkerQueue;
  private readonly probation = new Probation();
  private readonly stopLooking: () => void;

  constructor(
    @Inject(transcriptionConfig.KEY) private readonly config: ConfigType<typeof transcriptionConfig>,
    @Inject(workerConfig.KEY) private readonly worker: ConfigType<typeof workerConfig>,
    @Inject(authConfig.KEY) auth: ConfigType<typeof authConfig>,
    private readonly client: WhisperWorkerClient,
    @Inject(WORKER_POOL) private readonly pool: WorkerPool,
    metrics: MetricsRegistry,
  ) {
    const { queueLimit, queueMs } = config;
    this.queue = new WorkerQueue({ limit: queueLimit, waitMs: queueMs }, auth.tenantSharing);
    metrics.gauge(
      'parley_transcription_queue_length',
      'Sessions that wait because all workers are full',
      () => this.queue.length,
    );
    this.stopLooking = pool.onPlace(this.queue.wakeFirst);
  }

  async open(
    request: TranscriberRequest,
    { onQueued = () => undefined, signal }: OpenOptions = {},
  ): Promise<TranscriberSession> {
    const { ringMs, failoverMs, connectTimeoutMs } = this.config;
    const { maxUtteranceMs } = this.worker;
    const limits = { ringMs, failoverMs, maxUtteranceMs, openMs: 2 * connectTimeoutMs };
    const session = new WhisperSession(this.client, this.pool, request, limits, this.probation);
    const giveUp = (): void => session.abort();
    signal?.addEventListener('abort', giveUp);
    try {
      if (request.priority === 'background') await session.connect();
      else await this.enter(request.tenantId, session, onQueued, signal);
      // A worker that answers now has nobody to serve any more.
      signal?.throwIfAborted();
      return session;
    } catch (error) {
      session.abort();
      // The caller's reason says more than the error of the search that it ended.
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  beforeApplicationShutdown(): void {
    this.stopLooking();
  }

  /** A new session does not overtake those that wait, except by the turns of the tenants. */
  private async enter(
    tenantId: string,
    session: WhisperSession,
    onQueued: NonNullable<OpenOptions['onQueued']>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (this.queue.length === 0) {
      try {
        return await session.connect();
      } catch (error) {
        if (!(error instanceof OverloadedError)) throw error;
      }
    }
    await this.queue.wait(tenantId, () => session.connect(), onQueued, signal);
  }
}
