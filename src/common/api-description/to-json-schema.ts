import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;

/** A schema and the named schemas that it refers to. */
export interface DescribedSchema {
  schema: JsonSchema;
  components: Record<string, JsonSchema>;
}

/**
 * Writes a zod schema as JSON Schema 2020-12, which OpenAPI 3.1 and AsyncAPI 3.0 understand.
 * @param io what callers send (`input`), or what they get (`output`)
 */
export function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): DescribedSchema {
  const {
    $schema: _,
    $defs = {},
    ...rest
  } = z.toJSONSchema(schema, {
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
  return refer({ schema: rest, components: $defs });
}

/** The named schemas are components of the document. Their own `id` would be an address. */
function refer({ schema, components }: DescribedSchema): DescribedSchema {
  return {
    schema: referred(schema),
    components: Object.fromEntries(Object.entries(components).map(([name, each]) => [name, referred(each)])),
  };
}

function referred(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify({ ...schema, id: undefined }), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' ? value.replace('#/$defs/', '#/components/schemas/') : value,
  ) as JsonSchema;
}
