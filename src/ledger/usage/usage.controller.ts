import { Controller, Get, Query } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { CurrentCaller } from '../../auth/current-caller.decorator.js';
import { NeedsKey } from '../../auth/needs.decorator.js';
import { Describe } from '../../common/api-description/describe.decorator.js';
import { READ_USAGE } from './usage.api.js';
import { usageQuerySchema, type UsageInput } from './usage-query.js';
import { UsageService, type UsageBody } from './usage.service.js';

@NeedsKey()
@Controller('usage')
export class UsageController {
  constructor(private readonly service: UsageService) {}

  @Get()
  @Describe(READ_USAGE)
  read(
    @Query({ schema: usageQuerySchema }) query: UsageInput,
    @CurrentCaller() caller: Caller,
  ): Promise<UsageBody> {
    return this.service.usage(query, caller);
  }
}
