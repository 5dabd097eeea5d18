import { setTimeout as delay } from 'node:timers/promises';
import type { DecodedUtterance, DecodeRequest, Engine, RecogniserKey, Task } from '../../engine.js';
import { refuseKey, refuseRequest } from '../refuse-request.js';
import { WHISPER_LANGUAGES } from '../whisper-languages.js';
import { CODED_WORD_SAMPLES, decodeWords, formatCodedWord } from './coded-words.js';

/** Words of this space are commands, for tests of what a bad engine does to the rest. */
export const POISON_SPACE = 255;
export const Poison = {
  /** The decode fails. */
  fail: 1,
  /** The process dies, as native code does. */
  crash: 2,
  /** The decode does not end until it is aborted. */
  hang: 3,
} as const;

/** Reads coded words (`coded-words.ts`): no model, exact results. */
export class FakeEngine implements Engine {
  readonly name = 'fake';
  readonly model: string = 'fake';
  readonly languages: ReadonlySet<string> = WHISPER_LANGUAGES;
  readonly tasks: ReadonlySet<Task> = new Set(['transcribe', 'translate']);
  readonly detectsLanguage = true;

  /** @param decodeMs how long each decode takes */
  constructor(private readonly decodeMs = 0) {}

  async prepare(key: RecogniserKey): Promise<void> {
    refuseKey(this, key);
  }

  async decode(request: DecodeRequest, signal: AbortSignal): Promise<DecodedUtterance> {
    signal.throwIfAborted();
    refuseRequest(this, request);
    const words = decodeWords(request.samples);
    for (const { space, number } of words) if (space === POISON_SPACE) await poison(number, signal);
    if (this.decodeMs > 0) await delay(this.decodeMs, undefined, { signal });
    return {
      text: words.map(formatCodedWord).join(' '),
      language: request.language === 'auto' ? 'en' : request.language,
      ...(request.words && {
        words: words.map((word) => ({
          word: formatCodedWord(word),
          start: word.at,
          end: Math.min(word.at + CODED_WORD_SAMPLES, request.samples.length),
        })),
      }),
    };
  }

  async close(): Promise<void> {
    // Nothing to free.
  }
}

async function poison(command: number, signal: AbortSignal): Promise<void> {
  if (command === Poison.fail) throw new Error('The fake engine was told to fail');
  if (command === Poison.crash) process.kill(process.pid, 'SIGKILL');
  if (command === Poison.hang) {
    await new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  }
}
