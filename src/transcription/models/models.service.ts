import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { Caller } from '../../auth/caller.js';
import { ConflictError, ForbiddenError, InvalidInputError } from '../../common/errors/caller-errors.js';
import { HttpClient } from '../../models/http-client.js';
import { listModels } from '../../models/listing.js';
import { ModelError } from '../../models/model-error.js';
import { ModelStore } from '../../models/model-store.js';
import { modelsConfig } from '../../models/models.config.js';
import type { PullProgress } from '../../models/pull-progress.js';
import { useModel } from '../../models/use-model.js';
import { workerConfig } from '../../whisper-worker/worker.config.js';
import { transcriptionConfig } from '../transcription.config.js';
import { MODEL_SOURCE, type ModelSource } from './model-source.js';
import { ModelPull, type PullState } from './model-pull.js';
import { toModelsBody, type ModelsBody } from './models-body.js';

/** The models that speech is heard with: which is in use, which could be, and the change to another one. */
@Injectable()
export class ModelsService implements BeforeApplicationShutdown {
  private readonly logger = new Logger(ModelsService.name);
  private pull: ModelPull | undefined;

  constructor(
    @Inject(modelsConfig.KEY) private readonly models: ConfigType<typeof modelsConfig>,
    @Inject(workerConfig.KEY) private readonly worker: ConfigType<typeof workerConfig>,
    @Inject(transcriptionConfig.KEY)
    private readonly transcription: ConfigType<typeof transcriptionConfig>,
    @Inject(MODEL_SOURCE) private readonly source: ModelSource,
  ) {}

  async list(caller: Caller): Promise<ModelsBody> {
    const http = new HttpClient();
    try {
      const worker = await this.source.ready();
      const inUse = worker?.model === undefined ? [] : [worker.model];
      const listings = await listModels(this.storeOf(http), inUse);
      return toModelsBody({ worker, listings, pull: this.pull?.state, refusal: this.refusalFor(caller) });
    } finally {
      await http.close();
    }
  }

  /**
   * Pulls a model where it is not here, and chooses it. The worker then changes to it by itself.
   * @throws ForbiddenError where models are not changed over HTTP, InvalidInputError for a name that is none, ConflictError during a pull
   */
  async use(caller: Caller, name: string): Promise<PullState> {
    const { refusal } = this;
    if (refusal !== undefined) throw new ForbiddenError(`${refusal} ${commandFor(name)}`);
    const { models } = await this.list(caller);
    if (!models.some((model) => model.name === name))
      throw new InvalidInputError(
        'model',
        `There is no model of this name. Known: ${models.map((each) => each.name).join(', ')}.`,
      );
    if (this.pull && !this.pull.isOver)
      throw new ConflictError(
        `The model ${this.pull.state.model} is being pulled. Cancel that first, or wait.`,
      );
    this.pull = new ModelPull(
      name,
      (signal, onProgress) => this.run(name, signal, onProgress),
      (error) => this.explain(error),
    );
    return this.pull.state;
  }

  /** Ends the pull that goes on. @throws ForbiddenError where models are not changed over HTTP */
  async cancel(): Promise<void> {
    const { refusal } = this;
    if (refusal !== undefined) throw new ForbiddenError(refusal);
    this.pull?.cancel();
    await this.pull?.ended;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.pull?.cancel();
    await this.pull?.ended;
  }

  /** Why a caller may not change the model. The routes that do so ask for the scope by themselves. */
  private refusalFor({ scopes }: Caller): string | undefined {
    return scopes.has('admin')
      ? this.refusal
      : 'Models are changed with a key that has the scope "admin", or on the server:';
  }

  /** Why models are not changed over HTTP here, by whomever. */
  private get refusal(): string | undefined {
    if (this.transcription.workers.length > 0) return 'The workers run elsewhere. Change their model there:';
    if (!this.worker.followsChoice)
      return 'WHISPER_MODEL or WHISPER_ENGINE names the model. Remove it, start anew, and choose with:';
    return undefined;
  }

  private async run(
    name: string,
    signal: AbortSignal,
    onProgress: (progress: PullProgress) => void,
  ): Promise<void> {
    const http = new HttpClient();
    try {
      await useModel(name, this.storeOf(http), { signal, onProgress });
      this.logger.log({ model: name }, 'Model is chosen');
    } finally {
      await http.close();
    }
  }

  private storeOf(http: HttpClient): ModelStore {
    return new ModelStore({ modelsDir: this.models.dir, mirror: this.models.mirror }, http);
  }

  private explain(error: unknown): string {
    if (error instanceof ModelError) {
      this.logger.warn({ code: error.code }, 'Model cannot be pulled');
      return error.message;
    }
    this.logger.error({ err: error }, 'Model cannot be pulled');
    return 'The pull failed; the log of the server says more.';
  }
}

export function commandFor(name: string): string {
  return `npm run models -- use ${name}`;
}
