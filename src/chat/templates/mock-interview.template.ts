import { z } from 'zod';
import { defineTemplate } from './chat-template.js';
import {
  answerIn,
  language,
  longText,
  quoteSources,
  shortText,
  sources,
  wholeNumber,
} from './template-variables.js';

export const template = defineTemplate({
  description: 'Questions of a mock interview for a position, with what a good answer covers.',
  variables: z.object({
    position: shortText,
    /** The candidate's experience or CV. */
    background: longText.optional(),
    /** How many questions. */
    count: wholeNumber(1, 10).default(5),
    sources,
    language,
  }),
  async run({ position, background, count, sources: given, language }, run) {
    for (const source of given) run.source(source);
    const about = `Position: ${position}${background === undefined ? '' : `\n\nCandidate:\n${background}`}${quoteSources(given)}`;
    const profile = await run.step('profile', () =>
      run.ask({
        system:
          'Name what this position demands and what of it the candidate still has to show. Short bullet points only.',
        user: about,
        temperature: 0.2,
      }),
    );
    const draft = (name: string, kind: string): Promise<string> =>
      run.step(name, () =>
        run.ask({
          system: `Draft ${count} interview questions about ${kind}, one per line, from easy to hard. Nothing else.`,
          user: `${about}\n\nDemands:\n${profile}`,
          temperature: 0.7,
        }),
      );
    const [technical, personal] = await Promise.all([
      draft('technical-questions', 'knowledge and skill'),
      draft('personal-questions', 'experience, judgement and work with others'),
    ]);
    return run.step('interview', () =>
      run.answer({
        system: [
          `Compose a mock interview of exactly ${count} numbered questions out of the drafts, in a natural order.`,
          'Below each say in one or two sentences what a good answer covers.',
          answerIn(language),
        ].join(' '),
        user: `${about}\n\nDrafts, skill:\n${technical}\n\nDrafts, person:\n${personal}`,
        temperature: 0.5,
      }),
    );
  },
});
