import { Global, Inject, Module, type OnModuleInit } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { authConfig } from '../auth/auth.config.js';
import { TenantConcurrencyLimit } from '../common/limits/concurrency-limit.js';
import { HealthRegistry } from '../health/health-registry.js';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { CHAT_MODEL, type ChatModel } from './chat-model.js';
import { chatConfig } from './chat.config.js';
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
      inject: [chatConfig.KEY, authConfig.KEY],
      useFactory: (chat: ConfigType<typeof chatConfig>, auth: ConfigType<typeof authConfig>) =>
        new TenantConcurrencyLimit(chat.maxConcurrent, 'chat', auth.tenantSharing),
    },
    CompletionsService,
    ModelCaller,
    RunMetrics,
    RunStarter,
    RunResponder,
    {
      provide: RUN_STORE,
      inject: [chatConfig.KEY],
      useFactory: ({ keepRunMs, maxKeptRuns }: ConfigType<typeof chatConfig>) =>
        new MemoryRunStore({ keepMs: keepRunMs, maxKept: maxKeptRuns }),
    },
    { provide: CHAT_MODEL, inject: [chatConfig.KEY], useFactory: createChatModel },
    {
      provide: COMPLETION_SERVICE,
      inject: [CHAT_MODEL],
      useFactory: createCompletionService,
    },
  ],
  exports: [CHAT_MODEL],
})
export class ChatModule implements OnModuleInit {
  constructor(
    private readonly health: HealthRegistry,
    @Inject(CHAT_MODEL) private readonly model: ChatModel,
    private readonly metrics: MetricsRegistry,
    @Inject(CHAT_CONCURRENCY) private readonly concurrency: TenantConcurrencyLimit,
  ) {}

  onModuleInit(): void {
    this.metrics.watchPlaces('chat', this.concurrency);
    const { model } = this;
    this.health.register('chat', () =>
      model instanceof UnconfiguredChatModel
        ? { status: 'unconfigured', provider: null }
        : { status: 'ok', provider: model.name },
    );
  }
}
