import type { AppConfig } from '../../config/app-config.js';
import { ConfigError } from '../../config/load-env.js';
import { createOpenAiClient } from '../../openai/openai-client.js';
import type { ChatModel } from '../chat-model.js';
import { OpenAiChatModel } from './openai/openai-chat-model.js';
import { ScriptedChatModel } from './scripted/scripted-chat-model.js';
import { UnconfiguredChatModel } from './unconfigured-chat-model.js';

/** @throws ConfigError when nothing is configured and that is to stop the boot */
export function createChatModel(config: AppConfig): ChatModel {
  switch (config.chat.provider) {
    case 'openai':
      return new OpenAiChatModel(createOpenAiClient(config.chat.openai));
    case 'scripted':
      return new ScriptedChatModel();
    default: {
      const hint = 'Set OPENAI_API_KEY, CHAT_BASE_URL or CHAT_PROVIDER=scripted.';
      if (config.server.missingProvider === 'boot-error')
        throw new ConfigError(`No provider for chat is configured. ${hint}`);
      return new UnconfiguredChatModel(hint);
    }
  }
}
