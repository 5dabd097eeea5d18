import type { AppConfig } from '../../config/app-config.js';
import { createOpenAiClient } from '../../openai/openai-client.js';
import type { ChatModel } from '../chat-model.js';
import type { CompletionService } from '../openai-api/completion-service.js';
import { ModelCompletions } from '../openai-api/model-completions.js';
import { OpenAiCompletions } from './openai/openai-completions.js';

export function createCompletionService(config: AppConfig, model: ChatModel): CompletionService {
  return config.chat.provider === 'openai'
    ? new OpenAiCompletions(createOpenAiClient(config.chat.openai))
    : new ModelCompletions(model);
}
