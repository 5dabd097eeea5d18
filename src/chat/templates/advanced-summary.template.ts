import { z } from 'zod';
import { defineTemplate } from './chat-template.js';
import { answerIn, language, longText, quoteSources, sources } from './template-variables.js';
import { splitIntoParts } from './split-into-parts.js';

/** What one call reads well; more parts are read side by side. */
const PART_CHARS = 8_000;
const MAX_PARTS = 12;

export const template = defineTemplate({
  description: 'A structured summary: key points of every part and open terms first, then the whole.',
  variables: z.object({ text: longText, sources, language }),
  async run({ text, sources: given, language }, run) {
    for (const source of given) run.source(source);
    const parts = splitIntoParts(text, PART_CHARS, MAX_PARTS);
    const [points, terms] = await Promise.all([
      run.step('key-points', (progress) => {
        let read = 0;
        return Promise.all(
          parts.map(async (part, index) => {
            const points = await run.ask({
              system: `List the key points of this part (${index + 1} of ${parts.length}) as short bullet points, with names and figures. Nothing else.`,
              user: part,
              temperature: 0.2,
            });
            read += 1;
            progress(`${read} of ${parts.length}`);
            return points;
          }),
        );
      }),
      run.step('terms', () =>
        run.ask({
          system:
            'List the technical terms in this text that a newcomer would not know, each with one sentence. Nothing else.',
          user: parts[0]! + quoteSources(given),
          temperature: 0.2,
        }),
      ),
    ]);
    return run.step('summary', () =>
      run.answer({
        system: [
          'Write a summary from notes: one sentence with the gist, then sections with headings, then the terms explained.',
          'Use only what the notes and sources say; cite sources as [1], [2] where you use them.',
          answerIn(language),
        ].join(' '),
        user: `Key points:\n${points.join('\n')}\n\nTerms:\n${terms}${quoteSources(given)}`,
        temperature: 0.3,
      }),
    );
  },
});
