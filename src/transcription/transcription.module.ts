import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { AudioDecoderModule } from '../audio/audio-decoder.module.js';
import { processConfig } from '../config/process.config.js';
import { HealthRegistry } from '../health/health-registry.js';
import { loggingConfig } from '../logging/logging.config.js';
import { workerConfig } from '../whisper-worker/worker.config.js';
import { MODEL_SOURCE } from './models/model-source.js';
import { ModelsController } from './models/models.controller.js';
import { ModelsService } from './models/models.service.js';
import { MemoryTranscriptStore } from './providers/memory/memory-transcript-store.js';
import { ConfiguredWorkers } from './providers/whisper/configured-workers.js';
import { EmbeddedWorker } from './providers/whisper/embedded-worker.js';
import { WhisperTranscriber } from './providers/whisper/whisper-transcriber.js';
import { WhisperWorkerClient } from './providers/whisper/whisper-worker.client.js';
import { WORKER_POOL, type WorkerPool } from './providers/whisper/worker-pool.js';
import { SessionMetrics } from './session/session-metrics.js';
import { TRANSCRIBER } from './transcriber.js';
import { TRANSCRIPT_STORE } from './transcript-store.js';
import { transcriptionConfig } from './transcription.config.js';
import { TranscriptionController } from './transcription.controller.js';
import { TranscriptionGateway } from './transcription.gateway.js';
import { TranscriptionService } from './transcription.service.js';

@Module({
  imports: [AudioDecoderModule],
  controllers: [TranscriptionController, ModelsController],
  providers: [
    TranscriptionGateway,
    TranscriptionService,
    ModelsService,
    SessionMetrics,
    WhisperWorkerClient,
    {
      provide: WORKER_POOL,
      inject: [transcriptionConfig.KEY, processConfig.KEY, loggingConfig.KEY, workerConfig.KEY],
      useFactory: createWorkerPool,
    },
    { provide: MODEL_SOURCE, useExisting: WORKER_POOL },
    { provide: TRANSCRIBER, useClass: WhisperTranscriber },
    {
      provide: TRANSCRIPT_STORE,
      inject: [transcriptionConfig.KEY],
      useFactory: (transcription: ConfigType<typeof transcriptionConfig>) =>
        new MemoryTranscriptStore(transcription),
    },
  ],
})
export class TranscriptionModule implements OnModuleInit {
  constructor(
    private readonly health: HealthRegistry,
    @Inject(WORKER_POOL) private readonly pool: WorkerPool,
  ) {}

  onModuleInit(): void {
    this.health.register('transcription', () => this.pool.health());
  }
}

function createWorkerPool(
  { workers, token, discoveryMs }: ConfigType<typeof transcriptionConfig>,
  process: ConfigType<typeof processConfig>,
  logging: ConfigType<typeof loggingConfig>,
  worker: ConfigType<typeof workerConfig>,
): WorkerPool {
  if (workers.length > 0)
    return new ConfiguredWorkers({ urls: workers, token: token?.reveal() ?? '', discoveryMs });
  return new EmbeddedWorker({ process, logging, worker });
}
