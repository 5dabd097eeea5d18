import {
  Controller,
  Get,
  Head,
  HttpCode,
  Inject,
  Param,
  Post,
  Res,
  Sse,
  SseSignal,
  type MessageEvent,
} from '@nestjs/common';
import type { Response } from 'express';
import type { Observable } from 'rxjs';
import type { Caller } from '../../auth/caller.js';
import { CurrentCaller } from '../../auth/current-caller.decorator.js';
import { answerOf, type RunAnswer } from './delivery/run-answer.js';
import { CurrentReader, type RunReader } from './delivery/run-reader.decorator.js';
import { RunResponder } from './delivery/run-responder.js';
import { RUN_STORE, type RunStore } from './run-store.js';
import { Describe } from '../../common/api-description/describe.decorator.js';
import { RUNS } from '../chat.api.js';
import { TakesQueryToken } from '../../auth/query-token.js';
import { Concerns } from '../../auth/concerns.decorator.js';
import { Needs } from '../../auth/needs.decorator.js';

/** Runs that have begun: come back to them, look at them, stop them. */
@Needs('chat')
@Concerns('run', 'runId')
@Controller('chat/runs/:runId')
export class RunsController {
  constructor(
    @Inject(RUN_STORE) private readonly store: RunStore,
    private readonly responder: RunResponder,
  ) {}

  /** As a reader, HEAD would come and leave at once, which can stop the run. */
  @Head('events')
  @TakesQueryToken()
  @Describe(RUNS.head)
  async head(
    @Param('runId') runId: string,
    @CurrentCaller() caller: Caller,
    @Res() response: Response,
  ): Promise<void> {
    await this.store.find(caller.tenantId, runId);
    this.responder.head(response);
  }

  @Sse('events')
  @TakesQueryToken()
  @Describe(RUNS.events)
  async events(
    @Param('runId') runId: string,
    @CurrentCaller() caller: Caller,
    @CurrentReader() reader: RunReader,
    @SseSignal() gone: AbortSignal,
  ): Promise<Observable<MessageEvent>> {
    const run = await this.store.find(caller.tenantId, runId);
    return this.responder.respond(run, reader, gone);
  }

  @Get()
  @Describe(RUNS.state)
  async state(
    @Param('runId') runId: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RunAnswer> {
    this.responder.boundReader(response);
    return answerOf(await this.store.find(caller.tenantId, runId));
  }

  /** Stops the generation. The answer so far and what it took stay readable; stopping twice is no error. */
  @Post('cancel')
  @HttpCode(200)
  @Describe(RUNS.cancel)
  async cancel(
    @Param('runId') runId: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RunAnswer> {
    this.responder.boundReader(response);
    const run = await this.store.find(caller.tenantId, runId);
    run.cancel('user');
    return answerOf(run);
  }
}
