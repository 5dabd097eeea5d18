import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { Describe } from '../../common/api-description/describe.decorator.js';
import type { PullState } from './model-pull.js';
import type { ModelsBody } from './models-body.js';
import { CANCEL_PULL, LIST_MODELS, USE_MODEL, useModelSchema, type UseModel } from './models.api.js';
import { ModelsService } from './models.service.js';
import type { Caller } from '../../auth/caller.js';
import { CurrentCaller } from '../../auth/current-caller.decorator.js';
import { Needs } from '../../auth/needs.decorator.js';

@Needs('transcription')
@Controller('transcription/models')
export class ModelsController {
  constructor(private readonly models: ModelsService) {}

  @Get()
  @Describe(LIST_MODELS)
  list(@CurrentCaller() caller: Caller): Promise<ModelsBody> {
    return this.models.list(caller);
  }

  @Needs('admin')
  @Post('use')
  @HttpCode(202)
  @Describe(USE_MODEL)
  use(
    @CurrentCaller() caller: Caller,
    @Body({ schema: useModelSchema }) { model }: UseModel,
  ): Promise<PullState> {
    return this.models.use(caller, model);
  }

  @Needs('admin')
  @Delete('pull')
  @HttpCode(204)
  @Describe(CANCEL_PULL)
  cancel(): Promise<void> {
    return this.models.cancel();
  }
}
