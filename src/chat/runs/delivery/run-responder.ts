import { Inject, Injectable, type MessageEvent } from '@nestjs/common';
import type { Response } from 'express';
import { EMPTY, type Observable } from 'rxjs';
import type { ConfigType } from '@nestjs/config';
import { resetStalledReader } from '../../../common/http/cut-response.js';
import { leaveConnectionToNode } from '../../../common/http/leave-connection-to-node.js';
import { whenOver } from '../../../common/http/when-over.js';
import { abortable } from '../../../common/streams/abortable.js';
import { annotate } from '../../../common/tracing/spans.js';
import { OpenStreams } from '../../../common/streams/open-streams.js';
import { settlesWithin } from '../../../common/streams/settles-within.js';
import type { RunOptionsInput } from '../../chat-input.js';
import { chatConfig } from '../../chat.config.js';
import { PaceClock } from './pace-clock.js';
import type { ReaderOptions } from './reader-options.js';
import { answerOf } from './run-answer.js';
import { RUN_START } from '../run-position.js';
import type { RunReader } from './run-reader.decorator.js';
import { runStream } from './run-stream.js';
import type { Run } from '../run.js';

/** Answers a reader in the form that it asked for: events, the finished answer as JSON, or the address of the run. */
@Injectable()
export class RunResponder {
  private readonly clock = new PaceClock();

  constructor(
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
    private readonly streams: OpenStreams,
  ) {
    streams.closing.addEventListener('abort', () => this.clock.wakeAll(), { once: true });
  }

  /** A caller who asks for the address only has no connection, so its run goes on without readers. */
  runOptions<Options extends RunOptionsInput>(options: Options, { wants }: RunReader): Options {
    return wants === 'address' ? { ...options, onDisconnect: 'continue' } : options;
  }

  /**
   * Answers from within an `@Sse` handler.
   * @param gone aborts when the client leaves
   */
  async respond(
    run: Run,
    reader: RunReader,
    gone: AbortSignal,
    options: ReaderOptions = {},
  ): Promise<Observable<MessageEvent>> {
    this.enterStreams(reader.response);
    annotate({ 'parley.run.id': run.id });
    const leave = run.attach();
    // Nest does not subscribe to what is returned after the client has left, so leaving hangs on the signal.
    gone.addEventListener('abort', leave, { once: true });
    if (gone.aborted) leave();
    try {
      switch (reader.wants) {
        case 'json':
          return await this.answer(run, reader, gone);
        case 'address':
          return await this.address(run, reader, gone);
        default:
          return await this.stream(run, reader, gone, { ...reader.options, ...given(options) });
      }
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Answers HEAD as the GET at the same address would, without its body and without a run. */
  head(response: Response): void {
    response.status(200).setHeader('Content-Type', 'text/event-stream').end();
  }

  /** Bounds how long an answer that is sent as a whole waits for a reader who takes nothing of it. */
  boundReader(response: Response): Response {
    resetStalledReader(response, this.config.stalledReaderMs);
    return response;
  }

  /** A shutdown waits for the last byte, which leaves after the Observable has completed. */
  private enterStreams(response: Response): void {
    whenOver(response, this.streams.enter());
  }

  private async answer(run: Run, { response }: RunReader, gone: AbortSignal): Promise<Observable<never>> {
    await unlessGone(run.ended, gone);
    if (run.failure !== undefined) throw run.failure;
    // Nest finds the response ended and leaves it alone.
    if (!gone.aborted) this.boundReader(response).json(answerOf(run));
    return EMPTY;
  }

  private async address(run: Run, { response }: RunReader, gone: AbortSignal): Promise<Observable<never>> {
    await this.untilAccepted(run, gone);
    run.becomeKnown();
    const eventsUrl = `/chat/runs/${run.id}/events`;
    if (!gone.aborted)
      response
        .status(202)
        .set({ Location: eventsUrl, 'Preference-Applied': 'respond-async' })
        .json({ runId: run.id, eventsUrl });
    return EMPTY;
  }

  private async stream(
    run: Run,
    reader: RunReader,
    gone: AbortSignal,
    options: ReaderOptions,
  ): Promise<Observable<MessageEvent>> {
    await this.untilAccepted(run, gone);
    leaveConnectionToNode(reader.response);
    const position = reader.positionIn(run.id) ?? RUN_START;
    if (run.log.ending && position.seq >= run.log.ending.seq) {
      // To an EventSource that asks again after the last event, 204 means: stop.
      reader.response.status(204);
      return EMPTY;
    }
    return runStream(run, position, options, {
      response: reader.response,
      limits: this.config,
      clock: this.clock,
      closing: this.streams.closing,
    });
  }

  /** Waits for the provider's acceptance, until which a refusal has a status of its own, and at most for the header deadline. */
  private untilAccepted(run: Run, gone: AbortSignal): Promise<void> {
    return unlessGone(settlesWithin(run.accepted, this.config.headerDeadlineMs), gone);
  }
}

/** Waits for `work`, or until the client has left. */
async function unlessGone(work: Promise<unknown>, gone: AbortSignal): Promise<void> {
  try {
    await abortable(work, gone);
  } catch (error) {
    if (!gone.aborted) throw error;
  }
}

/** Without the fields that were left out, so that those of the query show through. */
function given({ heartbeat, format, pace }: ReaderOptions): ReaderOptions {
  return {
    ...(heartbeat !== undefined && { heartbeat }),
    ...(format !== undefined && { format }),
    ...(pace !== undefined && { pace }),
  };
}
