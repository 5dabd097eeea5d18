import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ConfigType } from '@nestjs/config';
import type { Caller } from '../../auth/caller.js';
import { TooLargeError } from '../../common/errors/caller-errors.js';
import { parseInput } from '../../common/validation/parse-input.js';
import { modelNameSchema, runOptionShape } from '../chat-input.js';
import { chatConfig } from '../chat.config.js';
import { readerOptionsSchema } from '../runs/delivery/reader-options.js';
import { ModelCaller } from '../runs/model-caller.js';
import { RunStarter } from '../runs/run-starter.js';
import type { Run } from '../runs/run.js';
import { TemplateCatalogue, type TemplateSummary } from './template-catalogue.js';
import { TemplateExecution } from './template-execution.js';

/** What every template takes beside its own variables. */
export const optionsSchema = z.object({
  model: modelNameSchema,
  ...runOptionShape,
  ...readerOptionsSchema.shape,
});
export type TemplateOptions = z.output<typeof optionsSchema>;

export interface TemplateInput {
  variables: Record<string, unknown>;
  options: TemplateOptions;
}

/** Runs templates as `ChatService` runs questions. */
@Injectable()
export class TemplatesService {
  constructor(
    private readonly catalogue: TemplateCatalogue,
    private readonly models: ModelCaller,
    private readonly starter: RunStarter,
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
  ) {}

  list(): TemplateSummary[] {
    return this.catalogue.list();
  }

  /** @param isStrict unknown fields are an error, as in a body, and not of a query, where others may have put them */
  parse(name: string, input: unknown, isStrict: boolean): TemplateInput {
    const { variables } = this.catalogue.get(name);
    const fields = parseInput(z.looseObject({}), input);
    const options = parseInput(optionsSchema, fields);
    const own = Object.entries(fields).filter(([field]) => !(field in optionsSchema.shape));
    const schema = isStrict ? variables.strict() : variables;
    const parsed = parseInput(schema, Object.fromEntries(own));
    const { maxInputChars } = this.config;
    if (JSON.stringify(parsed).length > maxInputChars)
      throw new TooLargeError(`The variables are too long: at most ${maxInputChars} characters.`, {
        param: 'body',
      });
    return { variables: parsed, options };
  }

  open(
    name: string,
    { variables, options }: TemplateInput,
    caller: Caller,
    lastEventId?: string,
  ): Promise<Run> {
    const template = this.catalogue.get(name);
    const model = options.model ?? this.config.defaultModel;
    return this.starter.open(
      {
        caller,
        model,
        template: name,
        request: { variables, model },
        options,
        lastEventId,
      },
      async (context) => {
        const execution = new TemplateExecution(this.models, model, context);
        try {
          return await template.run(variables, execution);
        } finally {
          execution.stop();
        }
      },
    );
  }
}
