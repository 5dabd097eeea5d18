import { Injectable, StandardSchemaValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import type { z } from 'zod';
import { toInputError } from './parse-input.js';

/** Nest's pipe for `@Body({ schema })` and `@Query({ schema })` over zod schemas, with our errors. */
@Injectable()
export class InputPipe extends StandardSchemaValidationPipe {
  /** @throws InvalidInputError naming the first failing field */
  protected override async validate(
    input: unknown,
    schema: NonNullable<ArgumentMetadata['schema']>,
  ): Promise<{ value: never }> {
    const result = await schema['~standard'].validate(input);
    if (result.issues) throw toInputError(result.issues as readonly z.core.$ZodIssue[], input);
    return { value: result.value as never };
  }

  /** Nest would delete the fields `constructor`, `prototype` and `__proto__`. A schema refuses or drops unknown fields itself. */
  protected override stripProtoKeys(): void {}
}
