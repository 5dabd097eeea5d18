import { setTimeout as delay } from 'node:timers/promises';
import type { DecodedUtterance, DecodeRequest, Engine } from '../../engine.js';
import { WHISPER_LANGUAGES } from '../whisper-languages.js';
import { decodeWords, formatCodedWord } from './coded-words.js';

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
  readonly model = 'fake';
  readonly languages: ReadonlySet<string> = WHISPER_LANGUAGES;

  /** @param decodeMs how long each decode takes */
  constructor(private readonly decodeMs = 0) {}

  async prepare(): Promise<void> {
    // Nothing to load.
  }

  async decode({ samples, language }: DecodeRequest, signal: AbortSignal): Promise<DecodedUtterance> {
    signal.throwIfAborted();
    if (samples.length === 0) throw new RangeError('An utterance without samples cannot be decoded');
    if (!this.languages.has(language)) throw new RangeError('The language is not among those of the model');
    const words = decodeWords(samples);
    for (const { space, number } of words) if (space === POISON_SPACE) await poison(number, signal);
    if (this.decodeMs > 0) await delay(this.decodeMs, undefined, { signal });
    return { text: words.map(formatCodedWord).join(' '), language };
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
