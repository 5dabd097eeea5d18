import { fromProject } from '../../src/config/project-paths.js';
import { createLocalEngine } from '../../src/whisper-worker/engines/create-local-engine.js';
import { toFloat } from '../../test/support/wav.js';
import type { Recogniser } from './recogniser.js';
import { SAMPLE_RATE } from './run-ffmpeg.js';

/** What Whisper takes at once, with the padding behind it. */
const WINDOW_SAMPLES = 28 * SAMPLE_RATE;
/** A window ends where the last third of it is quietest. */
const SEARCHED_SAMPLES = 9 * SAMPLE_RATE;
const FRAME_SAMPLES = SAMPLE_RATE / 10;

/** The engine alone, in this process: no voice detector, no captions, whole clips. */
export async function parleyRecogniser(model: string, language: string): Promise<Recogniser> {
  const modelsDir = fromProject('models');
  const engine = createLocalEngine({ engine: 'sherpa', model, modelsDir, maxRecognisers: 1 });
  const key = { language, task: 'transcribe', words: false } as const;
  const never = new AbortController().signal;
  await engine.prepare(key);
  const usage = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  return {
    name: 'Parley, engine alone',
    transcribe: async (samples) => {
      const texts: string[] = [];
      for (const window of windowsOf(samples))
        texts.push((await engine.decode({ ...key, samples: toFloat(window) }, never)).text);
      return texts.join(' ');
    },
    cpuSeconds: usage,
    residentBytes: () => process.memoryUsage.rss(),
    close: () => engine.close(),
  };
}

function windowsOf(samples: Int16Array): Int16Array[] {
  if (samples.length <= WINDOW_SAMPLES) return [samples];
  const cut = quietest(samples, WINDOW_SAMPLES - SEARCHED_SAMPLES, WINDOW_SAMPLES);
  return [samples.subarray(0, cut), ...windowsOf(samples.subarray(cut))];
}

function quietest(samples: Int16Array, from: number, to: number): number {
  let [best, least] = [to, Infinity];
  for (let at = from; at + FRAME_SAMPLES <= to; at += FRAME_SAMPLES) {
    const power = samples.subarray(at, at + FRAME_SAMPLES).reduce((sum, sample) => sum + sample ** 2, 0);
    if (power < least) [best, least] = [at + FRAME_SAMPLES / 2, power];
  }
  return best;
}
