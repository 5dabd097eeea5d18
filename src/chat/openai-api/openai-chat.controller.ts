import { Body, Controller, Get, HttpCode, Inject, Param, Post, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import type { ConfigType } from '@nestjs/config';
import type { Caller } from '../../auth/caller.js';
import { CurrentCaller } from '../../auth/current-caller.decorator.js';
import { chatConfig } from '../chat.config.js';
import type { ModelList } from './completion-service.js';
import { CompletionsService } from './completions.service.js';
import { sendCompletion } from './send-completion.js';
import { Describe } from '../../common/api-description/describe.decorator.js';
import { OPENAI_CHAT } from '../chat.api.js';
import { BudgetHeaders } from '../../ledger/budget-headers.guard.js';
import { Needs } from '../../auth/needs.decorator.js';

/** OpenAI's chat API in front of whatever provider is configured, for clients that know no other. */
@Needs('chat')
@Controller('v1')
export class OpenAiChatController {
  constructor(
    private readonly completions: CompletionsService,
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
  ) {}

  @UseGuards(BudgetHeaders('tokens'))
  @Post('chat/completions')
  @HttpCode(200)
  @Describe(OPENAI_CHAT.complete)
  async complete(
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
    @Res() response: Response,
  ): Promise<void> {
    const request = this.completions.request(body);
    await sendCompletion(response, request.stream === true, this.config, (gone) =>
      this.completions.complete(request, caller, gone),
    );
  }

  @Get('models')
  @Describe(OPENAI_CHAT.models)
  models(): Promise<ModelList> {
    return this.completions.models();
  }

  @Get('models/:id')
  @Describe(OPENAI_CHAT.model)
  model(@Param('id') id: string): Promise<Record<string, unknown>> {
    return this.completions.model(id);
  }
}
