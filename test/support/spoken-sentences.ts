import { Resampler } from '../../src/audio/pcm/resampler.js';
import { NpmEspeak } from '../../src/tts/providers/espeak/npm-espeak.js';
import { LOCAL_CALLER } from '../../src/auth/caller.js';
import { TenantConcurrencyLimit } from '../../src/common/limits/concurrency-limit.js';
import { ONE_TENANT } from '../../src/common/limits/tenant-shares.js';
import { ESPEAK_SAMPLE_RATE } from '../../src/tts/providers/espeak/espeak-engine.js';
import type { Random } from './random.js';

export interface SpokenSentence {
  text: string;
  language: 'en' | 'ko';
  samples: Int16Array;
}

const COLOURS = ['red', 'green', 'blue', 'yellow', 'black', 'white'];
const OBJECTS = ['door', 'window', 'light', 'music', 'phone', 'message', 'table', 'car'];
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

const KO_OBJECTS = ['불을', '문을', '창문을', '음악을', '전화를', '자동차를'];
const KO_COLOURS = ['빨간', '파란', '하얀'];
const KO_VERBS = ['켜', '꺼', '열어', '닫아', '틀어'];
const KO_DAYS = ['월요일', '화요일', '수요일', '목요일', '금요일', '토요일', '일요일'];

/** New sentences of the demo models' vocabularies, spoken by espeak. */
export async function speakSentences(
  count: number,
  language: 'en' | 'ko',
  random: Random,
): Promise<SpokenSentence[]> {
  const espeak = new NpmEspeak(new TenantConcurrencyLimit(4, 'espeak', ONE_TENANT));
  try {
    const spoken: SpokenSentence[] = [];
    for (let i = 0; i < count; i += 1) {
      const text = language === 'en' ? englishSentence(random) : koreanSentence(random);
      spoken.push({
        text,
        language,
        samples: await speak(espeak, text, language === 'en' ? 'gmw/en-US' : 'ko'),
      });
    }
    return spoken;
  } finally {
    espeak.close();
  }
}

function englishSentence(random: Random): string {
  const thing = (): string => `${random.pick(['the', 'my'])} ${random.pick(COLOURS)} ${random.pick(OBJECTS)}`;
  return random.pick([
    () => `${random.pick(['open', 'close', 'start', 'stop', 'show'])} ${thing()} please`,
    () => `turn ${random.pick(['on', 'off'])} ${thing()}`,
    () => `where is ${thing()}`,
    () => `today is ${random.pick(DAYS)}`,
    () => `send the message ${random.pick(DAYS)}`,
    () => `the time is ${[0, 0, 0].map(() => random.pick(DIGITS)).join(' ')}`,
  ])();
}

function koreanSentence(random: Random): string {
  return random.pick([
    () => `${random.pick(KO_COLOURS)} ${random.pick(KO_OBJECTS)} ${random.pick(KO_VERBS)} 주세요`,
    () => `오늘은 ${random.pick(KO_DAYS)}입니다`,
    () => `회의는 ${random.pick(KO_DAYS)}입니다`,
  ])();
}

async function speak(espeak: NpmEspeak, text: string, voice: string): Promise<Int16Array> {
  const chunks: Uint8Array[] = [];
  const job = { text, voice, wordsPerMinute: 150 };
  for await (const chunk of espeak.speak(job, new AbortController().signal, LOCAL_CALLER)) chunks.push(chunk);
  const pcm = new Int16Array(new Uint8Array(Buffer.concat(chunks)).buffer);
  const resampler = new Resampler(ESPEAK_SAMPLE_RATE);
  const parts = [resampler.write(Float32Array.from(pcm, (sample) => sample / 32_768)), resampler.finish()];
  return Int16Array.from(parts.flatMap((part) => [...part]));
}
