import { z } from 'zod';
import { InvalidInputError } from '../common/errors/caller-errors.js';
import { parseInput } from '../common/validation/parse-input.js';
import { isTextNestedDeeper } from '../common/sockets/nesting.js';
import { readPayload } from '../common/sockets/refused-payload.js';

/** `[word, tag, comment]`. Tags of the original client: `none`, `highlight`, `comment`, `br`. */
const wordSchema = z.tuple([z.string().max(2_000), z.string().max(50)], z.unknown());

const jobSchema = z.looseObject({
  unProcessedText: z.array(wordSchema).max(20_000),
  sumText: z.string().optional(),
});

/** What `nlProcessing` brings and `NLPResult` takes back; fields that we do not know go back as they came. */
export type AnnotationJob = z.output<typeof jobSchema>;

/** The original client sends an object or its JSON text. @param maxDepth levels of arrays and objects that a text may have */
export function parseJob(payload: unknown, maxDepth: number): AnnotationJob {
  const job = readPayload(payload, 'nlProcessing');
  return parseInput(jobSchema, typeof job === 'string' ? parseJson(job, maxDepth) : job);
}

/** The words that want a comment, each once. */
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

function parseJson(text: string, maxDepth: number): unknown {
  if (isTextNestedDeeper(text, maxDepth))
    throw new InvalidInputError(
      'nlProcessing',
      `nlProcessing is nested too deeply: at most ${maxDepth} levels.`,
    );
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new InvalidInputError('nlProcessing', 'nlProcessing is not valid JSON.');
  }
}
