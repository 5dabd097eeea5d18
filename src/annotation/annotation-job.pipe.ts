import { Inject, Injectable, type PipeTransform } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { InvalidInputError } from '../common/errors/caller-errors.js';
import { isTextNestedDeeper } from '../common/sockets/nesting.js';
import { readPayload } from '../common/sockets/refused-payload.js';
import { parseInput } from '../common/validation/parse-input.js';
import { serverConfig } from '../config/server.config.js';
import { jobSchema, type AnnotationJob } from './annotation-job.js';

/** Payload of `nlProcessing`. The original client sends an object or its JSON text. */
@Injectable()
export class AnnotationJobPipe implements PipeTransform<unknown, AnnotationJob> {
  constructor(@Inject(serverConfig.KEY) private readonly config: ConfigType<typeof serverConfig>) {}

  /** @throws InvalidInputError or TooLargeError */
  transform(payload: unknown): AnnotationJob {
    const job = readPayload(payload, 'nlProcessing');
    return parseInput(jobSchema, typeof job === 'string' ? this.parseJson(job) : job);
  }

  private parseJson(text: string): unknown {
    const { maxDepth } = this.config.bodyShape;
    if (isTextNestedDeeper(text, maxDepth))
      throw new InvalidInputError(
        'nlProcessing',
        `nlProcessing is nested too deeply: at most ${maxDepth} levels.`,
      );
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new InvalidInputError('nlProcessing', 'nlProcessing is not valid JSON.');
    }
  }
}
