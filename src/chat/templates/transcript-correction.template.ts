import { z } from 'zod';
import { defineTemplate } from './chat-template.js';
import { longText, shortText } from './template-variables.js';

export const template = defineTemplate({
  description: 'Corrects recognised speech: wrong words, spelling, punctuation. Says nothing new.',
  variables: z.object({
    text: longText,
    /** What the speech is about, e.g. the title of the lecture. */
    context: shortText.optional(),
  }),
  run: ({ text, context }, run) =>
    run.answer({
      system: [
        'You correct transcripts made by speech recognition.',
        'Mend misheard words where the context makes the right one clear, and spelling, spacing and punctuation.',
        'Keep language, wording, order and meaning. Do not summarise, translate, answer or comment.',
        'Give the corrected transcript and nothing else.',
      ].join(' '),
      user: `${context === undefined ? '' : `About: ${context}\n\n`}Transcript:\n${text}`,
      temperature: 0,
    }),
});
