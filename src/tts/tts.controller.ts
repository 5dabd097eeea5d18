import { Body, Controller, Get, Head, HttpCode, Inject, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { ConfigType } from '@nestjs/config';
import { CONTENT_TYPES } from '../audio/encoding/audio-format.js';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import { NotFoundError } from '../common/errors/caller-errors.js';
import { resumptionOffset, seekableBody } from './seekable-body.js';
import { speechBodySchema, speechQuerySchema, type SpeechInput } from './speech-input.js';
import { sendSpeech, type BeginSpeech, type SpeechBody } from './speech-response.js';
import type { Speech } from './speech.js';
import { SPEECH_SYNTHESIZERS, type SpeechSynthesizer, type Voice } from './speech-synthesizer.js';
import { ttsConfig } from './tts.config.js';
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
    @Inject(ttsConfig.KEY) private readonly config: ConfigType<typeof ttsConfig>,
  ) {}

  @Post()
  @HttpCode(200)
  async post(
    @Body({ schema: speechBodySchema }) input: SpeechInput,
    @CurrentCaller() caller: Caller,
    @Res() response: Response,
  ): Promise<void> {
    await this.send(this.tts.order(input, caller), response);
  }

  /** Express would answer HEAD with the GET handler, which would pay for a speech that nobody hears. */
  @Head()
  async head(
    @Query({ schema: speechQuerySchema }) input: SpeechInput,
    @CurrentCaller() caller: Caller,
    @Res() response: Response,
  ): Promise<void> {
    const order = this.tts.order(input, caller, MAX_QUERY_CHARS);
    const kept = await this.tts.recall(order);
    response.setHeader('Content-Type', CONTENT_TYPES[order.request.format]);
    if (kept?.totalBytes !== undefined)
      response.setHeader('Content-Length', kept.totalBytes).setHeader('Accept-Ranges', 'bytes');
    response.end();
  }

  /** For `<audio src>`, which can neither post nor send headers. */
  @Get()
  async get(
    @Query({ schema: speechQuerySchema }) input: SpeechInput,
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const order = this.tts.order(input, caller, MAX_QUERY_CHARS);
    const isResumed = resumptionOffset(request.headers.range) !== undefined;
    await this.send(order, response, {
      toBody: seekableBody(request),
      ...(isResumed && { begin: () => this.keptOnly(order) }),
    });
  }

  @Get('voices')
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
    const kept = await this.tts.recall(order);
    if (kept === undefined) throw new NotFoundError('This speech is not kept, so it cannot be resumed.');
    return kept;
  }

  private send(
    order: SpeechOrder,
    response: Response,
    {
      begin = (signal, cut) => this.tts.speak(order, signal, cut),
      ...options
    }: { begin?: BeginSpeech; toBody?: (speech: Speech) => SpeechBody } = {},
  ): Promise<void> {
    return sendSpeech(response, begin, { ...options, stalledReaderMs: this.config.stalledReaderMs });
  }
}
