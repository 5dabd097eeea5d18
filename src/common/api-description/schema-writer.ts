import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;

/** The schemas of one document: each is written where it is used, and the named ones that it refers to are collected. */
export class SchemaWriter {
  /** The named schemas, which belong under `#/components/schemas`. */
  readonly components: Record<string, JsonSchema> = {};

  /** @param io what callers send (`input`), or what they get (`output`) */
  readonly write = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema => {
    const { $schema: _, $defs = {}, ...rest } = toJsonSchema(schema, io);
    for (const [name, each] of Object.entries($defs)) this.components[name] = referred(each);
    return referred(rest);
  };
}

/** JSON Schema 2020-12, which OpenAPI 3.1 and AsyncAPI 3.0 understand. */
function toJsonSchema(schema: z.ZodType, io: 'input' | 'output') {
  return z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // zod leaves them out of what callers send where a field is transformed. Ours are written as callers send them.
      const examples = z.globalRegistry.get(zodSchema)?.examples;
      if (examples !== undefined) jsonSchema.examples = examples as unknown[];
      // A custom check of ours stands for a field that is refused.
      if (zodSchema._zod.def.type === 'custom') jsonSchema.not = {};
      // Answers may get more fields.
      if (io === 'output' && jsonSchema.additionalProperties === false)
        delete jsonSchema.additionalProperties;
      // The bounds of every whole number in JavaScript tell nothing.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
}

/** Refers to the named schemas as components of the document. Their own `id` would be an address. */
function referred(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify({ ...schema, id: undefined }), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' ? value.replace('#/$defs/', '#/components/schemas/') : value,
  ) as JsonSchema;
}
