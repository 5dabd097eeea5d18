import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import { parseInput } from '../common/http/parse-input.js';
import { sessionsQuerySchema, toTranscriptBody, type TranscriptBody } from './transcript-body.js';
import {
  ACCEPTABLE_TYPES,
  formatOf,
  mediaTypeOf,
  transcriptQuerySchema,
  writeTranscript,
} from './transcript-format.js';
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
  async read(
    @CurrentCaller() caller: Caller,
    @Param('id') sessionId: string,
    @Query() query: unknown,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { format = formatOf(request.accepts(ACCEPTABLE_TYPES)) } = parseInput(transcriptQuerySchema, query);
    const transcript = await this.service.transcript(caller, sessionId);
    response.vary('Accept').type(mediaTypeOf(format)).send(writeTranscript(transcript, format));
  }
}
