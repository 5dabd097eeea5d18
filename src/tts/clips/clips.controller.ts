import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { ConfigType } from '@nestjs/config';
import type { Caller } from '../../auth/caller.js';
import { callerOf, CurrentCaller } from '../../auth/current-caller.decorator.js';
import { ForAnyPage } from '../../auth/public.decorator.js';
import { resetStalledReader } from '../../common/http/cut-response.js';
import { untilOver } from '../../common/http/when-over.js';
import { speechBodySchema, type SpeechInput } from '../speech-input.js';
import { ttsConfig } from '../tts.config.js';
import { TtsService } from '../tts.service.js';
import { clipAddressSchema, type ClipAddress } from './clip-urls.js';
import { ClipsService, type ClipBody } from './clips.service.js';
import { sendClip } from './clip-response.js';
import { Describe } from '../../common/api-description/describe.decorator.js';
import { CLIPS } from '../tts.api.js';
import { BudgetHeaders } from '../../ledger/budget-headers.guard.js';
import { TakesQueryToken } from '../../auth/query-token.js';
import { Concerns } from '../../auth/concerns.decorator.js';
import { Needs } from '../../auth/needs.decorator.js';

@Needs('tts')
@Controller('tts/clips')
export class ClipsController {
  constructor(
    private readonly tts: TtsService,
    private readonly clips: ClipsService,
    @Inject(ttsConfig.KEY) private readonly config: ConfigType<typeof ttsConfig>,
  ) {}

  @UseGuards(BudgetHeaders('characters', 'storageBytes'))
  @Post()
  @Describe(CLIPS.create)
  create(
    @Body({ schema: speechBodySchema }) input: SpeechInput,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ClipBody> {
    const order = this.tts.order(input, caller);
    return this.clips.create(order, { signal: untilOver(response) });
  }

  /** HEAD as well: express answers it with this handler, and the file's own code sends no body then. */
  @ForAnyPage()
  @TakesQueryToken()
  @Concerns('clip', 'id')
  @Get(':id')
  @Describe(CLIPS.play)
  async play(
    @Param('id') id: string,
    @Query({ schema: clipAddressSchema }) address: ClipAddress,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const caller = callerOf(request);
    resetStalledReader(response, this.config.stalledReaderMs);
    await sendClip(response, caller ? this.clips.findOf(caller, id) : this.clips.find(id, address));
  }
}
