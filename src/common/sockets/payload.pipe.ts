import type { PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import { parseInput } from '../validation/parse-input.js';
import { readPayload } from './refused-payload.js';

/**
 * Validates the payload of a socket event: `@MessageBody(new PayloadPipe(schema))`. It is synchronous, as every pipe of a gateway has to be:
 * events that arrive together reach their handlers in the order in which they were sent.
 */
export class PayloadPipe<S extends z.ZodType> implements PipeTransform<unknown, z.output<S>> {
  /** @param param the caller's name for a payload that is too large or nested too deeply to be read */
  constructor(
    private readonly schema: S,
    private readonly param = 'body',
  ) {}

  /** @throws InvalidInputError or TooLargeError */
  transform(payload: unknown): z.output<S> {
    return parseInput(this.schema, readPayload(payload, this.param));
  }
}
