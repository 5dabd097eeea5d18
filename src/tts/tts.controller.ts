import { Body, Controller, Get, Head, Headers, HttpCode, Inject, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { CONTENT_TYPES } from '../audio/encoding/audio-format.js';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import { parseInput } from '../common/http/parse-input.js';
import { AppConfig } from '../config/app-config.js';
import { resumptionOffset, sendRest } from './resumption.js';
import { speechBodySchema, speechQuerySchema } from './speech-input.js';
import { sendSpeech } from './speech-response.js';
import { SPEECH_SYNTHESIZERS, type SpeechSynthesizer, type Voice } from './speech-synthesizer.js';
import { TtsService, type SpeechOrder } from './tts.service.js';

/** A query is kept in histories and logs of others, and Node takes 16 KB of headers in all. */
const MAX_QUERY_CHARS = 2_000;

export interface VoiceList {
  /** The provider that speaks unless it fails. */
  provider: string;
  voices: readonly Voice[];
  /** Those that step in, in this order. */
  fallback: readonly { provider: string; voices: readonly Voice[] }[];
}

@Controller('tts')
export class TtsController {
  constructor(
    private readonly tts: TtsService,
    @Inject(SPEECH_SYNTHESIZERS) private readonly synthesizers: readonly SpeechSynthesizer[],
    private readonly config: AppConfig,
  ) {}

  @Post()
  @HttpCode(200)
  async post(
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
    @Res() response: Response,
  ): Promise<void> {
    await this.send(this.tts.order(parseInput(speechBodySchema, body), caller), response);
  }

  /** Express would answer HEAD with the GET handler, which would pay for a speech that nobody hears. */
  @Head()
  head(@Query() query: unknown, @CurrentCaller() caller: Caller, @Res() response: Response): void {
    const { request } = this.fromQuery(query, caller);
    response.setHeader('Content-Type', CONTENT_TYPES[request.format]).end();
  }

  /** For `<audio src>`, which can neither post nor send headers. */
  @Get()
  async get(
    @Query() query: unknown,
    @Headers('range') range: string | undefined,
    @CurrentCaller() caller: Caller,
    @Res() response: Response,
  ): Promise<void> {
    const order = this.fromQuery(query, caller);
    const offset = resumptionOffset(range);
    if (offset === undefined) await this.send(order, response);
    else await sendRest(response, await this.tts.recall(order), offset);
  }

  @Get('voices')
  async voices(): Promise<VoiceList> {
    const [first, ...fallback] = await Promise.all(
      this.synthesizers.map(async (each) => ({ provider: each.name, voices: await each.voices() })),
    );
    return { ...first!, fallback };
  }

  private fromQuery(query: unknown, caller: Caller): SpeechOrder {
    return this.tts.order(parseInput(speechQuerySchema, query), caller, MAX_QUERY_CHARS);
  }

  private send(order: SpeechOrder, response: Response): Promise<void> {
    const { stalledReaderMs } = this.config.tts;
    return sendSpeech(response, (signal, cut) => this.tts.speak(order, signal, cut), { stalledReaderMs });
  }
}
