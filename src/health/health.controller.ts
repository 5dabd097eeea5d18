import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { Response } from 'express';
import { z } from 'zod';
import { Public } from '../auth/public.decorator.js';
import { Describe } from '../common/api-description/describe.decorator.js';
import { OpenStreams } from '../common/streams/open-streams.js';
import { processConfig } from '../config/process.config.js';
import { HealthRegistry } from './health-registry.js';
import { readinessSchema, type Readiness } from './readiness.js';

const ready = { 'application/json': readinessSchema };

@Public()
@Controller('health')
export class HealthController {
  constructor(
    @Inject(processConfig.KEY) private readonly config: ConfigType<typeof processConfig>,
    private readonly registry: HealthRegistry,
    private readonly streams: OpenStreams,
  ) {}

  /** The process serves. Restart it when this fails. Anybody may ask, under any host name (`liveness-probe.ts`). */
  @Get('live')
  @Describe({
    summary: 'Tells whether the process serves',
    answers: {
      200: {
        description: 'It serves.',
        content: {
          'application/json': z.object({ status: z.literal('ok') }).meta({ examples: [{ status: 'ok' }] }),
        },
      },
    },
  })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Every component can work. Send no traffic while this is 503. */
  @Get('ready')
  @Describe({
    summary: 'Tells whether every component can work',
    answers: {
      200: { description: 'All can.', content: ready },
      503: { description: 'Some cannot.', content: ready },
    },
  })
  async ready(@Res({ passthrough: true }) response: Response): Promise<Readiness> {
    const components = await this.registry.report();
    const isReady =
      !this.streams.isLeaving &&
      Object.values(components).every(({ status }) => status !== 'starting' && status !== 'down');
    response.status(isReady ? 200 : 503);
    return { status: isReady ? 'ready' : 'not_ready', profile: this.config.profile, components };
  }
}
