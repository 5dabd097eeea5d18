import { settlesWithin } from '../common/streams/settles-within.js';

/**
 * The answer of the ledger, which may be on another machine.
 * @param undo takes back what is granted too late, when the caller was refused already
 * @throws when nothing comes in time
 */
export async function answerWithin<T>(
  ms: number,
  answer: Promise<T>,
  undo?: (late: T) => unknown,
): Promise<T> {
  if (await settlesWithin(answer, ms)) return answer;
  answer.then(undo).catch(() => undefined);
  throw new Error(`The ledger has not answered within ${ms} ms`);
}
