import type { ConfigType } from '@nestjs/config';
import type { ChatModel } from '../chat-model.js';
import type { chatConfig } from '../chat.config.js';
import { CompletionsEndpoint } from './openai/completions-endpoint.js';
import { OpenAiChatModel } from './openai/openai-chat-model.js';
import { ScriptedChatModel } from './scripted/scripted-chat-model.js';
import { UnconfiguredChatModel } from './unconfigured-chat-model.js';

export function createChatModel(config: ConfigType<typeof chatConfig>): ChatModel {
  switch (config.provider) {
    case 'openai':
      return new OpenAiChatModel(new CompletionsEndpoint(config));
    case 'scripted':
      return new ScriptedChatModel();
    default:
      return new UnconfiguredChatModel();
  }
}
