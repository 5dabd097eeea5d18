import {
  Body,
  Controller,
  Get,
  Head,
  HttpCode,
  Inject,
  Post,
  Query,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import type { ConfigType } from '@nestjs/config';
import { CONTENT_TYPES } from '../audio/encoding/audio-format.js';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import { NotFoundError } from '../common/errors/caller-errors.js';
import { speechBodySchema, speechQuerySchema, type SpeechInput } from './speech-input.js';
import { isResumption } from './speech-range.js';
import { SpeechResponse } from './speech-response.js';
import type { Speech, SpeechOrder } from './speech.js';
import { SPEECH_SYNTHESIZERS, type SpeechSynthesizer } from './speech-synthesizer.js';
import { ttsConfig } from './tts.config.js';
import { TtsService } from './tts.service.js';
import { Describe } from '../common/api-description/describe.decorator.js';
import { TTS, type VoiceList } from './tts.api.js';
import { BudgetHeaders } from '../ledger/budget-headers.guard.js';
import { TakesQueryToken } from '../auth/query-token.js';
import { Needs } from '../auth/needs.decorator.js';

/** A query is kept in histories and logs of others, and Node takes 16 KB of headers in all. */
const MAX_QUERY_CHARS = 2_000;

@UseGuards(BudgetHeaders('characters'))
@Needs('tts')
@Controller('tts')
export class TtsController {
  constructor(
    private readonly tts: TtsService,
    @Inject(SPEECH_SYNTHESIZERS) private readonly synthesizers: readonly SpeechSynthesizer[],
    @Inject(ttsConfig.KEY) private readonly config: ConfigType<typeof ttsConfig>,
  ) {}

  @Post()
  @HttpCode(200)
  @Describe(TTS.post)
  async post(
    @Body({ schema: speechBodySchema }) input: SpeechInput,
    @CurrentCaller() caller: Caller,
    @Res() response: Response,
  ): Promise<void> {
    const order = this.tts.order(input, caller);
    const answer = new SpeechResponse(response, { stalledReaderMs: this.config.stalledReaderMs });
    await answer.send(this.tts.speak(order, answer));
  }

  /** Express would answer HEAD with the GET handler, which would pay for a speech that nobody hears. */
  @Head()
  @TakesQueryToken()
  @Describe(TTS.head)
  async head(
    @Query({ schema: speechQuerySchema }) input: SpeechInput,
    @CurrentCaller() caller: Caller,
    @Res() response: Response,
  ): Promise<void> {
    const order = this.tts.order(input, caller, MAX_QUERY_CHARS);
    const speech = await this.tts.findKept(order);
    response.setHeader('Content-Type', CONTENT_TYPES[order.request.format]);
    if (speech?.kept)
      response.setHeader('Content-Length', speech.kept.file.length).setHeader('Accept-Ranges', 'bytes');
    response.end();
  }

  /** For `<audio src>`, which can neither post nor send headers. */
  @Get()
  @TakesQueryToken()
  @Describe(TTS.get)
  async get(
    @Query({ schema: speechQuerySchema }) input: SpeechInput,
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const order = this.tts.order(input, caller, MAX_QUERY_CHARS);
    const answer = new SpeechResponse(response, {
      stalledReaderMs: this.config.stalledReaderMs,
      rangeOf: request,
    });
    await answer.send(
      isResumption(request.headers.range) ? this.keptOnly(order) : this.tts.speak(order, answer),
    );
  }

  @Get('voices')
  @Describe(TTS.voices)
  async voices(): Promise<VoiceList> {
    const [first, ...fallback] = await Promise.all(
      this.synthesizers.map(async (each) => ({ provider: each.name, voices: await each.voices() })),
    );
    return { ...first!, fallback };
  }

  /**
   * @throws NotFoundError when it is not kept: nothing is spent and the player fails. After a 416 Chromium would call it ended.
   */
  private async keptOnly(order: SpeechOrder): Promise<Speech> {
    const speech = await this.tts.findKept(order);
    if (!speech) throw new NotFoundError('This speech is not kept, so it cannot be resumed.');
    return speech;
  }
}
