import { Body, Controller, HttpCode, Inject, Post, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import type { ConfigType } from '@nestjs/config';
import type { Caller } from '../../auth/caller.js';
import { CurrentCaller } from '../../auth/current-caller.decorator.js';
import { SpeechResponse } from '../speech-response.js';
import { ttsConfig } from '../tts.config.js';
import { TtsService } from '../tts.service.js';
import { openAiSpeechSchema, toSpeechInput, type OpenAiSpeechInput } from './openai-speech-input.js';
import { SPEECH_EVENTS } from './speech-events.js';
import { Describe } from '../../common/api-description/describe.decorator.js';
import { OPENAI_SPEECH } from '../tts.api.js';
import { BudgetHeaders } from '../../ledger/budget-headers.guard.js';
import { Needs } from '../../auth/needs.decorator.js';

/** OpenAI's speech API in front of whatever provider is configured, for clients that know no other. */
@UseGuards(BudgetHeaders('characters'))
@Needs('tts')
@Controller('v1/audio')
export class OpenAiSpeechController {
  constructor(
    private readonly tts: TtsService,
    @Inject(ttsConfig.KEY) private readonly config: ConfigType<typeof ttsConfig>,
  ) {}

  @Post('speech')
  @HttpCode(200)
  @Describe(OPENAI_SPEECH)
  async speech(
    @Body({ schema: openAiSpeechSchema }) input: OpenAiSpeechInput,
    @CurrentCaller() caller: Caller,
    @Res() response: Response,
  ): Promise<void> {
    const order = this.tts.order(toSpeechInput(input), caller);
    const answer = new SpeechResponse(response, {
      stalledReaderMs: this.config.stalledReaderMs,
      framing: input.stream_format === 'sse' ? SPEECH_EVENTS : undefined,
    });
    await answer.send(this.tts.speak(order, answer));
  }
}
