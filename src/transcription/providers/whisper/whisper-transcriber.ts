import { Inject, Injectable } from '@nestjs/common';
import { AppConfig } from '../../../config/app-config.js';
import type { Transcriber, TranscriberRequest, TranscriberSession } from '../../transcriber.js';
import { WhisperSession } from './whisper-session.js';
import { WhisperWorkerClient } from './whisper-worker.client.js';
import { WORKER_POOL, type WorkerPool } from './worker-pool.js';

/** Transcribes by Whisper workers; see `WhisperSession` for how a session outlives the loss of one. */
@Injectable()
export class WhisperTranscriber implements Transcriber {
  constructor(
    private readonly config: AppConfig,
    private readonly client: WhisperWorkerClient,
    @Inject(WORKER_POOL) private readonly pool: WorkerPool,
  ) {}

  async open(request: TranscriberRequest): Promise<TranscriberSession> {
    const { ringMs, failoverMs, connectTimeoutMs } = this.config.transcription;
    const { maxUtteranceMs } = this.config.worker;
    const limits = { ringMs, failoverMs, maxUtteranceMs, openMs: 2 * connectTimeoutMs };
    const session = new WhisperSession(this.client, this.pool, request, limits);
    await session.connect();
    return session;
  }
}
