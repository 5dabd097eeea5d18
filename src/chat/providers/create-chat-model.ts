import type { AppConfig } from '../../config/app-config.js';
import type { ChatModel } from '../chat-model.js';
import { CompletionsEndpoint } from './openai/completions-endpoint.js';
import { OpenAiChatModel } from './openai/openai-chat-model.js';
import { ScriptedChatModel } from './scripted/scripted-chat-model.js';
import { UnconfiguredChatModel } from './unconfigured-chat-model.js';

export function createChatModel(config: AppConfig): ChatModel {
  switch (config.chat.provider) {
    case 'openai':
      return new OpenAiChatModel(new CompletionsEndpoint(config.chat));
    case 'scripted':
      return new ScriptedChatModel();
    default:
      return new UnconfiguredChatModel();
  }
}
