import { readdir } from 'node:fs/promises';
import { z } from 'zod';
import { NotFoundError } from '../../common/errors/caller-errors.js';
import type { ChatTemplate } from './chat-template.js';

/** Sources and builds alike; specs do not match. */
const TEMPLATE_FILE = /^([a-z][a-z0-9-]*)\.template\.(?:ts|js)$/;

export interface TemplateSummary {
  name: string;
  description: string;
  /** JSON schema of what the caller passes. */
  variables: object;
}

/** All templates: the `*.template` files of this folder. */
export class TemplateCatalogue {
  private constructor(private readonly templates: ReadonlyMap<string, ChatTemplate>) {}

  static async load(folder = new URL('.', import.meta.url)): Promise<TemplateCatalogue> {
    const templates = new Map<string, ChatTemplate>();
    for (const file of (await readdir(folder)).toSorted()) {
      const name = TEMPLATE_FILE.exec(file)?.[1];
      if (name === undefined) continue;
      const { template } = (await import(new URL(file, folder).href)) as { template?: ChatTemplate };
      if (!template) throw new Error(`${file} exports no template`);
      templates.set(name, template);
    }
    return new TemplateCatalogue(templates);
  }

  get(name: string): ChatTemplate {
    const template = this.templates.get(name);
    if (!template) throw new NotFoundError('There is no such template.', { param: 'name' });
    return template;
  }

  list(): TemplateSummary[] {
    return [...this.templates].map(([name, { description, variables }]) => ({
      name,
      description,
      variables: z.toJSONSchema(variables, { io: 'input', unrepresentable: 'any' }),
    }));
  }
}
