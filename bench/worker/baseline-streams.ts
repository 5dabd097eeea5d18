import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../src/whisper-worker/engine.js';
import type { LaneScheduler } from '../../src/whisper-worker/lanes/lane-scheduler.js';
import { joined } from '../../test/support/coded-speech.js';
import { toFloat } from '../../test/support/wav.js';
import { noFigures, type StreamFigures } from './parley-stream.js';
import { heardAt, paced, type Speech } from './paced-speech.js';

const COLLECT_MS = 3_000;
const SILENCE_MS = 500;
/** With the padding behind it: 30 s. */
const WINDOW_SAMPLES = 28.9 * 16_000;

export type Baseline = (speech: Speech, engine: Engine, lanes: LaneScheduler) => Promise<StreamFigures>;

function decode(engine: Engine, lanes: LaneScheduler, samples: Int16Array): Promise<string> {
  const request = { samples: toFloat(samples), language: 'en', task: 'transcribe', words: false } as const;
  const job = { session: {}, samples: samples.length };
  const never = new AbortController().signal;
  return lanes.run(job, async () => (await engine.decode(request, never)).text, never);
}

/** The origin's method: wait 3 s, decode everything that has come in, whatever it cuts; begin again. */
export const originMethod: Baseline = async ({ samples, sentences }, engine, lanes) => {
  const figures = noFigures();
  const startedAt = performance.now();
  let waiting: Int16Array[] = [];
  let received = 0;
  let isOver = false;
  const speaking = (async () => {
    for await (const frame of paced(samples, startedAt)) {
      waiting.push(frame);
      received += frame.length;
    }
    isOver = true;
  })();
  const open = [...sentences];
  for (let isLast = false; !isLast;) {
    await sleep(COLLECT_MS);
    isLast = isOver;
    const [audio, until] = [joined(waiting), received];
    waiting = [];
    if (audio.length > 0) figures.text += ` ${await decode(engine, lanes, audio)}`;
    const now = performance.now();
    while (open[0] && open[0].end <= until) figures.finalMs.push(now - heardAt(open.shift()!.end, startedAt));
  }
  await speaking;
  return figures;
};

/** Utterances ended by the same silence, by someone who knows where they end, but decoded as windows of 30 s. */
export const fixedWindow: Baseline = async ({ samples, sentences }, engine, lanes) => {
  const figures = noFigures();
  const startedAt = performance.now();
  const texts = sentences.map(async ({ end }, index) => {
    const start = sentences[index - 1]?.end ?? 0;
    await sleep(heardAt(end, startedAt) + SILENCE_MS - performance.now());
    const window = new Int16Array(WINDOW_SAMPLES);
    window.set(samples.subarray(start, end + 3_200));
    const text = await decode(engine, lanes, window);
    figures.finalMs.push(performance.now() - heardAt(end, startedAt));
    return text;
  });
  figures.text = (await Promise.all(texts)).join(' ');
  return figures;
};
