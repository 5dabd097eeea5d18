import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A real voice for sherpa-onnx that speaks each character as a tone; see its `make_tone_voice.py`. */
const TONE_VOICE = fileURLToPath(new URL('../fixtures/models/tone-voice', import.meta.url));
const SOUNDING = 'abcdefghijklmnopqrstuvwxyz0123456789';
const FIRST_HZ = 300;
const STEP_HZ = 50;
const TOKEN_MS = 40;
const SAMPLE_RATE = 24_000;
/** Of the loudness of the voice, which is 0.5. */
const SILENCE = 0.05;

/** A sentence that the voice would be at work on for hours. */
export const ENDLESS = 'A~.';
/** A sentence on which the model fails, which sherpa never tells. */
export const FAILING = 'A^.';

/** Puts the voice into `voices` of a `MODELS_DIR` under these names. */
export async function putToneVoices(modelsDir: string, ...names: readonly string[]): Promise<void> {
  await mkdir(join(modelsDir, 'voices'), { recursive: true });
  await Promise.all(
    names.map((name) => cp(TONE_VOICE, join(modelsDir, 'voices', name), { recursive: true })),
  );
}

/**
 * What was spoken: the character of each tone, `_` for a silence of any length.
 * @param pcm s16le, 24 kHz, mono
 */
export function heard(pcm: Buffer, { speed = 1, octave = 0 } = {}): string {
  const length = (SAMPLE_RATE * TOKEN_MS) / 1_000 / speed;
  const samples = Float64Array.from({ length: pcm.length >> 1 }, (_, at) => pcm.readInt16LE(at * 2) / 32_768);
  let text = '';
  for (let token = 0; Math.round((token + 1) * length) <= samples.length + 2; token++) {
    const start = Math.round(token * length);
    text += characterOf(samples.subarray(start, Math.round(start + length)), octave);
  }
  return text.replaceAll(/_+/g, '_');
}

function characterOf(samples: Float64Array, octave: number): string {
  if (Math.max(...samples) < SILENCE) return '_';
  const strengths = Array.from(SOUNDING, (_, place) =>
    strengthAt(samples, (FIRST_HZ + STEP_HZ * place) * 2 ** octave),
  );
  return SOUNDING[strengths.indexOf(Math.max(...strengths))]!;
}

/** How much of a frequency there is, by Goertzel's recurrence. */
function strengthAt(samples: Float64Array, hertz: number): number {
  const factor = 2 * Math.cos((2 * Math.PI * hertz) / SAMPLE_RATE);
  let before = 0;
  let last = 0;
  for (const sample of samples) [before, last] = [last, sample + factor * last - before];
  return before ** 2 + last ** 2 - factor * before * last;
}
