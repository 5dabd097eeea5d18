import { Body, Controller, Get, Head, HttpCode, Inject, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { CONTENT_TYPES } from '../audio/encoding/audio-format.js';
import { parseInput } from '../common/http/parse-input.js';
import { speechBodySchema, speechQuerySchema } from './speech-input.js';
import { sendSpeech } from './speech-response.js';
import {
  SPEECH_SYNTHESIZER,
  type SpeechRequest,
  type SpeechSynthesizer,
  type Voice,
} from './speech-synthesizer.js';
import { TtsService } from './tts.service.js';

/** A query is kept in histories and logs of others, and Node takes 16 KB of headers in all. */
const MAX_QUERY_CHARS = 2_000;

@Controller('tts')
export class TtsController {
  constructor(
    private readonly tts: TtsService,
    @Inject(SPEECH_SYNTHESIZER) private readonly synthesizer: SpeechSynthesizer,
  ) {}

  @Post()
  @HttpCode(200)
  async post(@Body() body: unknown, @Res() response: Response): Promise<void> {
    await this.send(this.tts.request(parseInput(speechBodySchema, body)), response);
  }

  /** Express would answer HEAD with the GET handler, which would pay for a speech that nobody hears. */
  @Head()
  head(@Query() query: unknown, @Res() response: Response): void {
    const request = this.fromQuery(query);
    response.setHeader('Content-Type', CONTENT_TYPES[request.format]).end();
  }

  /** For `<audio src>`, which can neither post nor send headers. */
  @Get()
  async get(@Query() query: unknown, @Res() response: Response): Promise<void> {
    await this.send(this.fromQuery(query), response);
  }

  @Get('voices')
  async voices(): Promise<{ provider: string; voices: readonly Voice[] }> {
    return { provider: this.synthesizer.name, voices: await this.synthesizer.voices() };
  }

  private fromQuery(query: unknown): SpeechRequest {
    return this.tts.request(parseInput(speechQuerySchema, query), MAX_QUERY_CHARS);
  }

  private send(request: SpeechRequest, response: Response): Promise<void> {
    return sendSpeech(response, (signal) => this.tts.speak(request, signal));
  }
}
