import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import {
  sessionsQuerySchema,
  toSessionsBody,
  type SessionsBody,
  type SessionsQuery,
} from './transcripts/sessions-body.js';
import {
  ACCEPTABLE_TYPES,
  formatOf,
  mediaTypeOf,
  transcriptQuerySchema,
  writeTranscript,
  type TranscriptQuery,
} from './transcripts/transcript-format.js';
import { TranscriptionService } from './transcription.service.js';
import { Describe } from '../common/api-description/describe.decorator.js';
import { LIST_SESSIONS, READ_SESSION } from './transcription.api.js';
import { Concerns } from '../auth/concerns.decorator.js';
import { Needs } from '../auth/needs.decorator.js';

@Needs('transcription')
@Controller('transcription/sessions')
export class TranscriptionController {
  constructor(private readonly service: TranscriptionService) {}

  @Get()
  @Describe(LIST_SESSIONS)
  async list(
    @CurrentCaller() caller: Caller,
    @Query({ schema: sessionsQuerySchema }) { label, after, limit }: SessionsQuery,
  ): Promise<SessionsBody> {
    // One more than asked for tells whether there is another page.
    const found = await this.service.transcripts(caller, { label, after, limit: limit + 1 });
    return toSessionsBody(found, limit);
  }

  @Get(':id')
  @Concerns('session', 'id')
  @Describe(READ_SESSION)
  async read(
    @CurrentCaller() caller: Caller,
    @Param('id') sessionId: string,
    @Query({ schema: transcriptQuerySchema }) query: TranscriptQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { format = formatOf(request.accepts(ACCEPTABLE_TYPES)) } = query;
    const transcript = await this.service.transcript(caller, sessionId);
    response.vary('Accept').type(mediaTypeOf(format)).send(writeTranscript(transcript, format));
  }
}
