import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import { parseInput } from '../common/http/parse-input.js';
import { sessionsQuerySchema, toSessionsBody, type SessionsBody } from './sessions-body.js';
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
  async list(@CurrentCaller() caller: Caller, @Query() query: unknown): Promise<SessionsBody> {
    const { label, after, limit } = parseInput(sessionsQuerySchema, query);
    // One more than asked for tells whether there is another page.
    const found = await this.service.transcripts(caller, { label, after, limit: limit + 1 });
    return toSessionsBody(found, limit);
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
