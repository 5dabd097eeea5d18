import {
  Body,
  Controller,
  Get,
  Head,
  HttpCode,
  Param,
  Query,
  RequestMethod,
  Res,
  Sse,
  SseSignal,
  type MessageEvent,
  UseGuards,
} from '@nestjs/common';
import type { Response } from 'express';
import type { Observable } from 'rxjs';
import type { Caller } from '../../auth/caller.js';
import { CurrentCaller } from '../../auth/current-caller.decorator.js';
import { CurrentReader, type RunReader } from '../runs/delivery/run-reader.decorator.js';
import { RunResponder } from '../runs/delivery/run-responder.js';
import type { TemplateSummary } from './template-catalogue.js';
import { TemplatesService, type TemplateInput } from './templates.service.js';
import { Describe } from '../../common/api-description/describe.decorator.js';
import { TEMPLATES } from '../chat.api.js';
import { BudgetHeaders } from '../../ledger/budget-headers.guard.js';
import { TakesQueryToken } from '../../auth/query-token.js';
import { Needs } from '../../auth/needs.decorator.js';

/** Prepared prompts and chains, with the same stream as `/chat`. */
@UseGuards(BudgetHeaders('tokens'))
@Needs('chat')
@Controller('chat/templates')
export class TemplatesController {
  constructor(
    private readonly templates: TemplatesService,
    private readonly responder: RunResponder,
  ) {}

  @Get()
  @Describe(TEMPLATES.list)
  list(): { templates: TemplateSummary[] } {
    return { templates: this.templates.list() };
  }

  @Sse(':name', { method: RequestMethod.POST })
  @HttpCode(200)
  @Describe(TEMPLATES.post)
  async post(
    @Param('name') name: string,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
    @CurrentReader() reader: RunReader,
    @SseSignal() gone: AbortSignal,
  ): Promise<Observable<MessageEvent>> {
    return this.answer(name, this.templates.parse(name, body, true), caller, reader, gone);
  }

  /** Express would answer HEAD with the GET handler, which would pay for an answer that nobody reads. */
  @Head(':name')
  @TakesQueryToken()
  @Describe(TEMPLATES.head)
  head(@Param('name') name: string, @Query() query: unknown, @Res() response: Response): void {
    this.templates.parse(name, query, false);
    this.responder.head(response);
  }

  /** For EventSource, which can neither post nor send headers. */
  @Sse(':name')
  @TakesQueryToken()
  @Describe(TEMPLATES.get)
  async get(
    @Param('name') name: string,
    @Query() query: unknown,
    @CurrentCaller() caller: Caller,
    @CurrentReader() reader: RunReader,
    @SseSignal() gone: AbortSignal,
  ): Promise<Observable<MessageEvent>> {
    const input = this.templates.parse(name, query, false);
    return this.answer(name, input, caller, reader, gone);
  }

  private async answer(
    name: string,
    input: TemplateInput,
    caller: Caller,
    reader: RunReader,
    gone: AbortSignal,
  ): Promise<Observable<MessageEvent>> {
    const options = this.responder.runOptions(input.options, reader);
    const run = await this.templates.open(name, { ...input, options }, caller, reader.lastEventId);
    return this.responder.respond(run, reader, gone, options);
  }
}
