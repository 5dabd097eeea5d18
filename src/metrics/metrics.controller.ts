import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { Describe } from '../common/api-description/describe.decorator.js';
import { MetricsRegistry } from './metrics-registry.js';
import { Needs } from '../auth/needs.decorator.js';

@Needs('admin')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly registry: MetricsRegistry) {}

  /** For Prometheus, in its text format. Needs a key where callers need one, as the figures tell how much is asked. */
  @Get()
  @Describe({
    summary: 'Metrics for Prometheus',
    answers: {
      200: { description: 'In the text format of Prometheus.', content: { 'text/plain': z.string() } },
    },
  })
  async read(@Res() response: Response): Promise<void> {
    response.setHeader('Content-Type', this.registry.contentType).send(await this.registry.metrics());
  }
}
