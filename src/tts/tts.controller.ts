import { Body, Controller, Get, Head, HttpCode, Inject, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { CONTENT_TYPES } from '../audio/encoding/audio-format.js';
import { parseInput } from '../common/http/parse-input.js';
import { speechBodySchema, speechQuerySchema, type SpeechInput } from './speech-input.js';
import { sendSpeech } from './speech-response.js';
import { SPEECH_SYNTHESIZER, type SpeechSynthesizer, type Voice } from './speech-synthesizer.js';
import { TtsService } from './tts.service.js';

@Controller('tts')
export class TtsController {
  constructor(
    private readonly tts: TtsService,
    @Inject(SPEECH_SYNTHESIZER) private readonly synthesizer: SpeechSynthesizer,
  ) {}

  @Post()
  @HttpCode(200)
  async post(@Body() body: unknown, @Res() response: Response): Promise<void> {
    await this.send(parseInput(speechBodySchema, body), response);
  }

  /** Express would answer HEAD with the GET handler, which would pay for a speech that nobody hears. */
  @Head()
  head(@Query() query: unknown, @Res() response: Response): void {
    const request = this.tts.request(parseInput(speechQuerySchema, query));
    response.setHeader('Content-Type', CONTENT_TYPES[request.format]).end();
  }

  /** For `<audio src>`, which can neither post nor send headers. */
  @Get()
  async get(@Query() query: unknown, @Res() response: Response): Promise<void> {
    await this.send(parseInput(speechQuerySchema, query), response);
  }

  @Get('voices')
  async voices(): Promise<{ provider: string; voices: readonly Voice[] }> {
    return { provider: this.synthesizer.name, voices: await this.synthesizer.voices() };
  }

  private send(input: SpeechInput, response: Response): Promise<void> {
    const request = this.tts.request(input);
    return sendSpeech(response, (signal) => this.tts.speak(request, signal));
  }
}
