import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { CallerWork } from '../../auth/caller-work.js';
import type { Caller } from '../../auth/caller.js';
import { NotFoundError, TooLargeError } from '../../common/errors/caller-errors.js';
import { ProviderTimeoutError } from '../../common/errors/provider-errors.js';
import { ShuttingDownError } from '../../common/errors/session-errors.js';
import { TenantConcurrencyLimit } from '../../common/limits/concurrency-limit.js';
import { withIdleTimeout } from '../../common/streams/idle-timeout.js';
import { LinkedAbort } from '../../common/streams/linked-abort.js';
import { OpenStreams } from '../../common/streams/open-streams.js';
import { peekFirst } from '../../common/streams/peek-first.js';
import { SharedAnswer } from '../../common/streams/shared-answer.js';
import { processConfig } from '../../config/process.config.js';
import { serverConfig } from '../../config/server.config.js';
import { isTracing } from '../../common/tracing/spans.js';
import { whenAborted } from '../../common/streams/when-aborted.js';
import { Budgets } from '../../ledger/budgets.js';
import { mayHaveSpent, TokenSpend, type TokenReservation } from '../../ledger/token-spend.js';
import {
  boundOutput,
  completionDetails,
  CompletionMeter,
  expectedTokens,
  modelIn,
} from './completion-meter.js';
import { cutCall } from '../../metrics/cut-call.js';
import type { ProviderCall } from '../../metrics/provider-metrics.js';
import { chatConfig } from '../chat.config.js';
import { CHAT_CONCURRENCY } from '../runs/chat-concurrency.js';
import { RunMetrics } from '../runs/run-metrics.js';
import { countChars, parseCompletion } from './completion-input.js';
import {
  COMPLETION_SERVICE,
  type CompletionRequest,
  type CompletionService,
  type ModelList,
} from './completion-service.js';

/** Long enough for a list of names. */
const MODELS_TIMEOUT_MS = 30_000;

/** OpenAI's chat API within the server's limits. */
@Injectable()
export class CompletionsService {
  private readonly calls = new Set<LinkedAbort>();
  private readonly _models = new SharedAnswer(() => this.askForModels(), 0);

  constructor(
    @Inject(COMPLETION_SERVICE) private readonly completions: CompletionService,
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
    @Inject(serverConfig.KEY) private readonly server: ConfigType<typeof serverConfig>,
    @Inject(processConfig.KEY) private readonly process: ConfigType<typeof processConfig>,
    @Inject(CHAT_CONCURRENCY) private readonly concurrency: TenantConcurrencyLimit,
    private readonly streams: OpenStreams,
    private readonly budgets: Budgets,
    private readonly tokens: TokenSpend,
    private readonly metrics: RunMetrics,
    private readonly work: CallerWork,
  ) {
    streams.closing.addEventListener('abort', () => this.shutDown(), { once: true });
  }

  /** Reads a request, fills in the default model and refuses what is too long. */
  request(body: unknown): CompletionRequest {
    const { maxInputChars, defaultModel } = this.config;
    const { input, members } = parseCompletion(body, this.server.bodyShape);
    if (countChars(input.messages) > maxInputChars)
      throw new TooLargeError(`messages is too long: at most ${maxInputChars} characters.`, {
        param: 'messages',
      });
    const model = input.model ?? defaultModel;
    members.set('model', JSON.stringify(model));
    return { ...input, model, members };
  }

  /**
   * The body of an answer. What fails before its first byte rejects; what fails later throws in the iteration.
   * @param gone aborts when the response is over: ends the provider's work and gives the place back
   */
  async complete(
    request: CompletionRequest,
    caller: Caller,
    gone: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    if (this.streams.closing.aborted) throw new ShuttingDownError();
    const call = this.enter(caller, gone);
    whenAborted(gone, await this.budgets.enter(caller, 'runs'));
    const reservation = await this.tokens.reserve(caller, expectedTokens(request));
    const meter = new CompletionMeter(reservation.inputTokens, request.stream === true);
    // Whatever becomes of the answer, its response is over some time.
    whenAborted(gone, () => void reservation.settle(meter.spent));
    call.signal.throwIfAborted();
    meter.begin();
    const { idleTimeoutMs, wholeTimeoutMs } = this.config;
    const bounded = boundOutput(request, reservation.maxTokens);
    const provider = this.metrics.called(this.completions.name, completionDetails(bounded));
    const { body } = await provider.span
      .within(() => this.completions.complete(bounded, call.signal))
      .catch((error: unknown) => {
        if (!mayHaveSpent(error, call.signal)) meter.refused();
        const cut = cutCall(error, call.signal);
        provider.cut(cut);
        throw cut.reason;
      });
    const watched = withIdleTimeout(
      body,
      { idleMs: request.stream === true ? idleTimeoutMs : wholeTimeoutMs },
      () => new ProviderTimeoutError('The chat service fell silent.'),
    );
    const onFirst = (): void => {
      // A whole answer has no first token.
      if (request.stream === true) this.metrics.firstToken('completions');
    };
    return peekFirst(bodyOf(watched, call, { meter, reservation, provider, onFirst }));
  }

  /** Asked once for all who wait for it. */
  models(): Promise<ModelList> {
    return this._models.get();
  }

  async model(id: string): Promise<Record<string, unknown>> {
    const model = (await this.models()).data.find((each) => each.id === id);
    if (!model) throw new NotFoundError('There is no such model.', { param: 'model' });
    return model;
  }

  private async askForModels(): Promise<ModelList> {
    const deadline = new AbortController();
    const timer = setTimeout(
      () => deadline.abort(new ProviderTimeoutError('The chat service did not answer in time.')),
      MODELS_TIMEOUT_MS,
    );
    try {
      return await this.completions.models(deadline.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** A place, until the response is over. */
  private enter(caller: Caller, gone: AbortSignal): LinkedAbort {
    const release = this.concurrency.acquire(caller.tenantId);
    const leaveStreams = this.streams.enter();
    const call = new LinkedAbort(gone);
    const deadline = setTimeout(
      () => call.abort(new ProviderTimeoutError('The answer took too long.')),
      this.config.maxRunMs,
    );
    const leaveWork = this.work.enter(caller, (reason) => call.abort(reason));
    const leave = (): void => {
      leaveWork();
      clearTimeout(deadline);
      call.unlink();
      this.calls.delete(call);
      release();
      leaveStreams();
    };
    this.calls.add(call);
    if (gone.aborted) leave();
    else gone.addEventListener('abort', leave, { once: true });
    return call;
  }

  /** As with runs: an answer may be finished in half the time that there is; then it ends in band. */
  private shutDown(): void {
    setTimeout(() => {
      for (const call of this.calls) call.abort(new ShuttingDownError());
    }, this.process.shutdownGraceMs / 2).unref();
  }
}

interface BodyParts {
  meter: CompletionMeter;
  reservation: TokenReservation;
  provider: ProviderCall;
  /** The first bytes were sent. */
  onFirst: () => void;
}

/**
 * Fails with the reason for which the call was ended, whatever the model makes of it. Ends the model's work unless it is complete: the
 * end of the response that follows must not abort a connection that can be used again.
 */
async function* bodyOf(
  body: AsyncIterable<Uint8Array>,
  call: LinkedAbort,
  { meter, reservation, provider, onFirst }: BodyParts,
): AsyncGenerator<Uint8Array> {
  let state: 'open' | 'complete' | 'failed' = 'open';
  let hasBegun = false;
  try {
    for await (const bytes of body) {
      if (!hasBegun) {
        provider.answered();
        if (isTracing) provider.span.answeredBy(modelIn(bytes));
      }
      meter.read(bytes);
      yield bytes;
      if (!hasBegun) onFirst();
      hasBegun = true;
    }
    state = 'complete';
    if (meter.reported) provider.span.used(meter.reported);
    provider.ended();
  } catch (error) {
    state = 'failed';
    const cut = cutCall(error, call.signal);
    provider.cut(cut);
    throw cut.reason;
  } finally {
    if (state === 'complete') call.unlink();
    else call.abort();
    void reservation.settle(meter.spent);
    if (state === 'open') provider.left();
  }
}
