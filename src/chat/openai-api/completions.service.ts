import { Inject, Injectable } from '@nestjs/common';
import { NotFoundError, TooLargeError } from '../../common/errors/caller-errors.js';
import { ProviderFailedError, ProviderTimeoutError } from '../../common/errors/provider-errors.js';
import { ShuttingDownError } from '../../common/errors/session-errors.js';
import { withIdleTimeout } from '../../common/streams/idle-timeout.js';
import { OpenStreams } from '../../common/streams/open-streams.js';
import { peekFirst } from '../../common/streams/peek-first.js';
import { AppConfig } from '../../config/app-config.js';
import { ChatPlaces } from '../runs/chat-places.js';
import type { CompletionInput } from './completion-input.js';
import {
  COMPLETION_SERVICE,
  type CompletionRequest,
  type CompletionService,
  type ModelList,
} from './completion-service.js';

/** Largest answer that is not streamed. */
const MAX_WHOLE_BYTES = 16_777_216;

/** OpenAI's chat API within the server's limits. */
@Injectable()
export class CompletionsService {
  constructor(
    @Inject(COMPLETION_SERVICE) private readonly completions: CompletionService,
    private readonly config: AppConfig,
    private readonly places: ChatPlaces,
    private readonly streams: OpenStreams,
  ) {}

  /** Fills in the default model and refuses what is too long. */
  request(input: CompletionInput): CompletionRequest {
    const { maxInputChars, defaultModel } = this.config.chat;
    if (JSON.stringify(input.messages).length > maxInputChars)
      throw new TooLargeError(`messages is too long: at most ${maxInputChars} characters.`, {
        param: 'messages',
      });
    return { ...input, model: input.model ?? defaultModel };
  }

  /**
   * The body of an answer. What fails before its first byte rejects; what fails later throws in the iteration. Aborting
   * `gone` ends the provider's work.
   */
  async complete(request: CompletionRequest, gone: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    if (this.streams.closing.aborted) throw new ShuttingDownError('The server is shutting down.');
    const leavePlace = this.places.take();
    const leaveStreams = this.streams.enter();
    const end = (): void => {
      leavePlace();
      leaveStreams();
    };
    gone.addEventListener('abort', end, { once: true });
    const signal = AbortSignal.any([gone, this.streams.closing]);
    try {
      const { body } = await this.completions.complete(request, signal);
      const watched = withIdleTimeout(
        body,
        this.config.chat.idleTimeoutMs,
        () => new ProviderTimeoutError('The chat service fell silent.'),
      );
      return await peekFirst(request.stream ? untilDone(watched) : whole(watched));
    } catch (error) {
      end();
      throw gone.aborted || !signal.aborted ? error : new ShuttingDownError('The server is shutting down.');
    }
  }

  models(signal: AbortSignal): Promise<ModelList> {
    return this.completions.models(signal);
  }

  async model(id: string, signal: AbortSignal): Promise<Record<string, unknown>> {
    const model = (await this.models(signal)).data.find((each) => each.id === id);
    if (!model) throw new NotFoundError('There is no such model.', { param: 'model' });
    return model;
  }
}

const DONE = /data: ?\[DONE\]\s*$/;

/** Passes an event stream on, and fails when it stops without having said `[DONE]`. */
async function* untilDone(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let tail = '';
  for await (const bytes of body) {
    tail = (tail + Buffer.from(bytes.subarray(-32)).toString('latin1')).slice(-32);
    yield bytes;
  }
  if (!DONE.test(tail))
    throw new ProviderFailedError('The chat service stopped in the middle of its answer.');
}

/** One JSON document, checked to be one. */
async function* whole(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const bytes of body) {
    length += bytes.length;
    if (length > MAX_WHOLE_BYTES)
      throw new ProviderFailedError('The answer is longer than this server passes on.');
    chunks.push(bytes);
  }
  const document = Buffer.concat(chunks);
  try {
    JSON.parse(document.toString());
  } catch {
    throw new ProviderFailedError('The chat service sent something that is no answer.');
  }
  yield document;
}
