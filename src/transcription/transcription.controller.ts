import { Controller, Get, Param, Query } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import { parseInput } from '../common/http/parse-input.js';
import { sessionsQuerySchema, toTranscriptBody, type TranscriptBody } from './transcript-body.js';
import { TranscriptionService } from './transcription.service.js';

@Controller('transcription/sessions')
export class TranscriptionController {
  constructor(private readonly service: TranscriptionService) {}

  @Get()
  async list(
    @CurrentCaller() caller: Caller,
    @Query() query: unknown,
  ): Promise<{ sessions: TranscriptBody[] }> {
    const { label } = parseInput(sessionsQuerySchema, query);
    return { sessions: (await this.service.transcripts(caller, label)).map(toTranscriptBody) };
  }

  @Get(':id')
  async read(@CurrentCaller() caller: Caller, @Param('id') sessionId: string): Promise<TranscriptBody> {
    return toTranscriptBody(await this.service.transcript(caller, sessionId));
  }
}
