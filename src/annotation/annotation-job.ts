import { z } from 'zod';

/** `[word, tag, comment]`. Tags of the original client: `none`, `highlight`, `comment`, `br`. */
const wordSchema = z.tuple([z.string().max(2_000), z.string().max(50)], z.unknown());

export const jobSchema = z
  .looseObject({
    unProcessedText: z.array(wordSchema).max(20_000),
    sumText: z.string().optional(),
  })
  .meta({
    examples: [
      {
        unProcessedText: [
          ['photosynthesis', 'comment', ''],
          ['is', 'none', ''],
        ],
        sumText: 'photosynthesis is',
      },
    ],
  });

/** What `nlProcessing` brings and `NLPResult` takes back; fields that we do not know go back as they came. */
export type AnnotationJob = z.output<typeof jobSchema>;

/** The words to comment, each once. */
export function wordsToExplain({ unProcessedText }: AnnotationJob): string[] {
  const wanted = unProcessedText.filter(([word, tag]) => tag === 'comment' && word.trim() !== '');
  return [...new Set(wanted.map(([word]) => word))];
}

/** The job with the comments filled in, in the same shape. */
export function withComments(job: AnnotationJob, comments: ReadonlyMap<string, string>): AnnotationJob {
  return {
    ...job,
    unProcessedText: job.unProcessedText.map(([word, tag, ...rest]) => {
      const comment = tag === 'comment' ? comments.get(word) : undefined;
      return comment === undefined ? [word, tag, ...rest] : [word, tag, comment, ...rest.slice(1)];
    }),
  };
}
