import { Global, Module } from '@nestjs/common';
import { TenantConcurrencyLimit } from '../common/limits/concurrency-limit.js';
import { AppConfig } from '../config/app-config.js';
import { HealthRegistry } from '../health/health-registry.js';
import { CHAT_MODEL, type ChatModel } from './chat-model.js';
import { ChatController } from './chat.controller.js';
import { ChatService } from './chat.service.js';
import { COMPLETION_SERVICE } from './openai-api/completion-service.js';
import { CompletionsService } from './openai-api/completions.service.js';
import { OpenAiChatController } from './openai-api/openai-chat.controller.js';
import { createChatModel } from './providers/create-chat-model.js';
import { createCompletionService } from './providers/create-completion-service.js';
import { MemoryRunStore } from './providers/memory/memory-run-store.js';
import { UnconfiguredChatModel } from './providers/unconfigured-chat-model.js';
import { CHAT_CONCURRENCY } from './runs/chat-concurrency.js';
import { ModelCaller } from './runs/model-caller.js';
import { RunMetrics } from './runs/run-metrics.js';
import { RunResponder } from './runs/delivery/run-responder.js';
import { RunStarter } from './runs/run-starter.js';
import { RUN_STORE } from './runs/run-store.js';
import { RunsController } from './runs/runs.controller.js';
import { TemplateCatalogue } from './templates/template-catalogue.js';
import { TemplatesController } from './templates/templates.controller.js';
import { TemplatesService } from './templates/templates.service.js';

/** Global for its one export, the model, so that others need no more than its contract. */
@Global()
@Module({
  controllers: [ChatController, RunsController, TemplatesController, OpenAiChatController],
  providers: [
    ChatService,
    TemplatesService,
    { provide: TemplateCatalogue, useFactory: () => TemplateCatalogue.load() },
    {
      provide: CHAT_CONCURRENCY,
      inject: [AppConfig],
      useFactory: ({ chat, tenantSharing }: AppConfig) =>
        new TenantConcurrencyLimit(chat.maxConcurrent, 'chat', tenantSharing),
    },
    CompletionsService,
    ModelCaller,
    RunMetrics,
    RunStarter,
    RunResponder,
    {
      provide: RUN_STORE,
      inject: [AppConfig],
      useFactory: ({ chat }: AppConfig) =>
        new MemoryRunStore({ keepMs: chat.keepRunMs, maxKept: chat.maxKeptRuns }),
    },
    {
      provide: CHAT_MODEL,
      inject: [AppConfig, HealthRegistry],
      useFactory: (config: AppConfig, health: HealthRegistry): ChatModel => {
        const model = createChatModel(config);
        const status = model instanceof UnconfiguredChatModel ? 'unconfigured' : 'ok';
        health.register('chat', () => ({ status, provider: status === 'ok' ? model.name : null }));
        return model;
      },
    },
    {
      provide: COMPLETION_SERVICE,
      inject: [CHAT_MODEL],
      useFactory: createCompletionService,
    },
  ],
  exports: [CHAT_MODEL],
})
export class ChatModule {}
