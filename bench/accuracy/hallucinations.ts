import { startProduct } from '../../scripts/start-product.js';
import { noiseCorpus, type NoiseCorpus } from '../../test/support/noise-corpus.js';
import { Random } from '../../test/support/random.js';
import { wordsOf } from '../../test/support/word-error-rate.js';
import { SpeakingClient } from '../../test/support/speaking-client.js';
import type { Recogniser } from './recogniser.js';
import { SAMPLE_RATE } from './run-ffmpeg.js';

/** What is heard where nobody speaks. */
export interface Invented {
  texts: string[];
  words: number;
  minutes: number;
}

export function nobodySpeaks(minutes: number, seed: number): NoiseCorpus {
  return noiseCorpus(Math.round(minutes * 60), new Random(seed));
}

/** Every piece decoded by itself, as if a voice detector had let all of them pass. */
export async function inventedBy(recogniser: Recogniser, noise: NoiseCorpus): Promise<Invented> {
  const texts: string[] = [];
  for (const { start, end } of noise.pieces)
    texts.push(await recogniser.transcribe(noise.samples.subarray(start, end)));
  return invented(texts, noise);
}

/** The product hears all of it as one session, as fast as it takes it. */
export async function inventedByProduct(
  model: string,
  language: string,
  noise: NoiseCorpus,
): Promise<{ finals: Invented; interims: Invented }> {
  const product = await startProduct({ FEATURES: 'transcription', WHISPER_MODEL: model });
  try {
    const client = new SpeakingClient(product.url, { samples: noise.samples });
    const answer = await client.start({ language, interim: true });
    if (!answer.ok) throw new Error(`session:start was refused with ${answer.code}`);
    await client.finish();
    const finals = client.finals.map(({ text }) => text);
    const interims = client.interims.map(({ text }) => text);
    client.close();
    return { finals: invented(finals, noise), interims: invented(interims, noise) };
  } finally {
    await product.stop();
  }
}

function invented(heard: readonly string[], { samples }: NoiseCorpus): Invented {
  const texts = heard.filter((text) => wordsOf(text).length > 0);
  return {
    texts,
    words: texts.reduce((sum, text) => sum + wordsOf(text).length, 0),
    minutes: samples.length / SAMPLE_RATE / 60,
  };
}
