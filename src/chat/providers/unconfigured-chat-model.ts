import { ProviderUnconfiguredError } from '../../common/errors/provider-errors.js';
import type { ChatModel } from '../chat-model.js';

/** Stands in for a model that nobody has configured. */
export class UnconfiguredChatModel implements ChatModel {
  readonly name = 'unconfigured';

  constructor(private readonly hint: string) {}

  async stream(): Promise<never> {
    throw new ProviderUnconfiguredError(`No provider for chat is configured. ${this.hint}`);
  }
}
