import type { ChatModel } from '../chat-model.js';
import type { CompletionService } from '../openai-api/completion-service.js';
import { ModelCompletions } from '../openai-api/model-completions.js';
import { OpenAiChatModel } from './openai/openai-chat-model.js';
import { OpenAiCompletions } from './openai/openai-completions.js';

export function createCompletionService(model: ChatModel): CompletionService {
  return model instanceof OpenAiChatModel
    ? new OpenAiCompletions(model.endpoint)
    : new ModelCompletions(model);
}
