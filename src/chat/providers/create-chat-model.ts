import type { AppConfig } from '../../config/app-config.js';
import { createOpenAiClient } from '../../openai/openai-client.js';
import type { ChatModel } from '../chat-model.js';
import { OpenAiChatModel } from './openai/openai-chat-model.js';
import { ScriptedChatModel } from './scripted/scripted-chat-model.js';
import { UnconfiguredChatModel } from './unconfigured-chat-model.js';

export function createChatModel(config: AppConfig): ChatModel {
  switch (config.chat.provider) {
    case 'openai':
      return new OpenAiChatModel(createOpenAiClient(config.chat.openai));
    case 'scripted':
      return new ScriptedChatModel();
    default:
      return new UnconfiguredChatModel();
  }
}
