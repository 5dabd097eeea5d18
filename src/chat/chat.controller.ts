import {
  Body,
  Controller,
  Head,
  HttpCode,
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
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import { chatBodySchema, chatQuerySchema, type ChatInput } from './chat-input.js';
import { ChatService } from './chat.service.js';
import { CurrentReader, type RunReader } from './runs/delivery/run-reader.decorator.js';
import { RunResponder } from './runs/delivery/run-responder.js';
import { Describe } from '../common/api-description/describe.decorator.js';
import { CHAT } from './chat.api.js';
import { BudgetHeaders } from '../ledger/budget-headers.guard.js';
import { TakesQueryToken } from '../auth/query-token.js';
import { Needs } from '../auth/needs.decorator.js';

/** One question, one answer: as events, or as JSON for those who ask for it. */
@UseGuards(BudgetHeaders('tokens'))
@Needs('chat')
@Controller('chat')
export class ChatController {
  constructor(
    private readonly chat: ChatService,
    private readonly responder: RunResponder,
  ) {}

  @Sse('', { method: RequestMethod.POST })
  @HttpCode(200)
  @Describe(CHAT.post)
  post(
    @Body({ schema: chatBodySchema }) input: ChatInput,
    @CurrentCaller() caller: Caller,
    @CurrentReader() reader: RunReader,
    @SseSignal() gone: AbortSignal,
  ): Promise<Observable<MessageEvent>> {
    return this.answer(input, caller, reader, gone);
  }

  /** Express would answer HEAD with the GET handler, which would pay for an answer that nobody reads. */
  @Head()
  @TakesQueryToken()
  @Describe(CHAT.head)
  head(@Query({ schema: chatQuerySchema }) _input: ChatInput, @Res() response: Response): void {
    this.responder.head(response);
  }

  /** For EventSource, which can neither post nor send headers. */
  @Sse()
  @TakesQueryToken()
  @Describe(CHAT.get)
  get(
    @Query({ schema: chatQuerySchema }) input: ChatInput,
    @CurrentCaller() caller: Caller,
    @CurrentReader() reader: RunReader,
    @SseSignal() gone: AbortSignal,
  ): Promise<Observable<MessageEvent>> {
    return this.answer(input, caller, reader, gone);
  }

  private async answer(
    input: ChatInput,
    caller: Caller,
    reader: RunReader,
    gone: AbortSignal,
  ): Promise<Observable<MessageEvent>> {
    const options = this.responder.runOptions(input, reader);
    const run = await this.chat.open(options, caller, reader.lastEventId);
    return this.responder.respond(run, reader, gone, options);
  }
}
