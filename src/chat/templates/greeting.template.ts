import { z } from 'zod';
import { defineTemplate } from './chat-template.js';
import { language, answerIn, shortText, wholeNumber } from './template-variables.js';

/** Chosen with the original service: the same message should not come twice. */
const SAMPLING = { temperature: 1, topP: 1, presencePenalty: 0, frequencyPenalty: 0, maxTokens: 1_024 };

export const template = defineTemplate({
  description: 'A greeting message for an occasion, in the manner asked for.',
  variables: z.object({
    /** Whom it is for. */
    name: shortText.optional(),
    /** What they are to the sender, e.g. "grandmother". */
    relation: shortText,
    /** The occasion, e.g. "birthday". */
    reason: shortText,
    /** e.g. "warm and polite". */
    manner: shortText,
    /** Longest message, in characters as a reader counts them. */
    max_length: wholeNumber(1, 4_000).default(300),
    language,
  }),
  run: ({ name, relation, reason, manner, max_length, language }, run) =>
    run.answer(
      {
        system: [
          'You write greeting messages that are sent as they are.',
          'Write one message and nothing else: no title, no quotation marks, no alternatives, no placeholders.',
          `At most ${max_length} characters, spaces included. ${answerIn(language)}`,
        ].join(' '),
        user: [
          `To: ${name === undefined ? relation : `${name} (${relation})`}`,
          `Occasion: ${reason}`,
          `Manner: ${manner}`,
        ].join('\n'),
        ...SAMPLING,
      },
      { maxChars: max_length },
    ),
});
