import { ProviderUnconfiguredError } from '../../common/errors/provider-errors.js';
import type { ChatModel } from '../chat-model.js';

/** Stands in for a model that nobody has configured. */
export class UnconfiguredChatModel implements ChatModel {
  readonly name = 'unconfigured';

  async stream(): Promise<never> {
    throw new ProviderUnconfiguredError(
      'Chat is not configured: set OPENAI_API_KEY, CHAT_BASE_URL or CHAT_PROVIDER=scripted.',
    );
  }
}
