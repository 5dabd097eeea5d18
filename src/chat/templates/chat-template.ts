import type { z } from 'zod';
import type { ChatMessage, FinishReason } from '../chat-model.js';
import type { RunEventData } from '../runs/run-event.js';

/** What is asked of the model in one call. */
export interface Prompt {
  /** The task. Callers' words do not belong here. */
  system: string;
  /** The material, in the caller's words. */
  user: string;
  temperature?: number;
  topP?: number;
  presencePenalty?: number;
  frequencyPenalty?: number;
  maxTokens?: number;
}

/** What the run of a template may do. */
export interface TemplateRun {
  /** Asks and streams the answer to the reader. At most `maxChars` graphemes reach it; the rest is not generated. */
  answer(prompt: Prompt, options?: { maxChars?: number }): Promise<FinishReason>;
  /** Asks behind the scenes. */
  ask(prompt: Prompt): Promise<string>;
  /** Shows a part of the work to the reader while it goes on; `progress` tells how far it is. */
  step<T>(name: string, work: (progress: (detail: string) => void) => Promise<T>): Promise<T>;
  /** Names a source, apart from the text. */
  source(source: Omit<RunEventData['source'], 'sourceId' | 'index'>): void;
}

/**
 * A prepared prompt, or a chain of several, under a name: `POST|GET /chat/templates/{name}`. One file
 * `{name}.template.ts` that exports it as `template` is all it takes; see docs/api/chat.md.
 */
export interface ChatTemplate<Variables extends z.ZodObject = z.ZodObject> {
  /** One sentence for the list. */
  description: string;
  variables: Variables;
  run(variables: z.output<Variables>, run: TemplateRun): Promise<FinishReason>;
}

/** Gives `run` the type of its variables. */
export function defineTemplate<Variables extends z.ZodObject>(
  template: ChatTemplate<Variables>,
): ChatTemplate {
  return template;
}

export function messagesOf({ system, user }: Prompt): ChatMessage[] {
  return [
    { role: 'system', content: system },
    { role: 'user', content: user },
  ];
}
