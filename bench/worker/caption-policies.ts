import { keepPrefix } from '../../src/common/text/keep-prefix.js';
import type { Engine } from '../../src/whisper-worker/engine.js';
import { CaptionFlicker, captionChange } from '../../src/whisper-worker/interim/caption-flicker.js';
import { LocalAgreement, type HypothesisTraits } from '../../src/whisper-worker/interim/local-agreement.js';
import { SentenceFlow } from '../../src/whisper-worker/session/sentence-flow.js';
import { toFloat } from '../../test/support/wav.js';

const INTERVAL_SAMPLES = 8_000;
/** Where in an interval an utterance begins. */
const PHASES_SAMPLES = [0, 1_600, 3_200, 4_800, 6_400];

/** An utterance decoded again and again while it grows, and its final text. */
interface Growth {
  decodes: string[];
  final: string;
}

/** What is shown of each decode of an utterance, and at its end. */
interface Show {
  interim(decode: string): string;
  final(decode: string): string;
}
type Policy = (language: string, flicker: CaptionFlicker) => Show;

export interface CaptionFigures {
  policy: string;
  /** Of the characters shown, those that were taken back. */
  flicker: number;
  /** Length of the captions, beside decodes that are shown whole. */
  shown: number;
}

const agreeing =
  (traitsOf: (flicker: CaptionFlicker) => HypothesisTraits): Policy =>
  (language, flicker) => {
    const agreement = new LocalAgreement(language);
    const flow = new SentenceFlow();
    let promised = '';
    return {
      interim(decode) {
        const { text, stable } = agreement.update(flow.write(decode, language), traitsOf(flicker));
        promised = text.slice(0, stable);
        return text;
      },
      final: (decode) => agreement.asShown(keepPrefix(promised, flow.write(decode, language))),
    };
  };

const asItIs = (decode: string): string => decode;

const POLICIES: Record<string, Policy> = {
  'each decode as it is': () => ({ interim: asItIs, final: asItIs }),
  fast: agreeing(() => ({})),
  'the last word waits while restless': agreeing(({ isHigh }) => ({ isCautious: isHigh })),
  'steady: the beginning waits, too': agreeing(({ isHigh }) => ({ isSteady: true, isCautious: isHigh })),
  'both wait always': agreeing(() => ({ isSteady: true, isCautious: true })),
};

/** What captions would show of the same decodes by one policy and another; all utterances as one session. */
export async function captionPolicies(
  engine: Engine,
  language: string,
  utterances: readonly Int16Array[],
): Promise<CaptionFigures[]> {
  const growths: Growth[] = [];
  for (const samples of utterances)
    for (const phase of PHASES_SAMPLES) growths.push(await grow(engine, language, toFloat(samples), phase));
  const whole = growths.reduce((sum, { decodes }) => sum + decodes.join('').length, 0);
  return Object.entries(POLICIES).map(([policy, create]) => {
    const { emitted, retracted, length } = play(growths, (flicker) => create(language, flicker));
    return { policy, flicker: retracted / emitted, shown: length / whole };
  });
}

async function grow(engine: Engine, language: string, samples: Float32Array, phase: number): Promise<Growth> {
  const decode = async (length: number): Promise<string> => {
    const request = {
      samples: samples.subarray(0, length),
      language,
      task: 'transcribe',
      words: false,
    } as const;
    return (await engine.decode(request, new AbortController().signal)).text;
  };
  const decodes: string[] = [];
  for (let length = INTERVAL_SAMPLES / 2 + phase; length < samples.length; length += INTERVAL_SAMPLES)
    decodes.push(await decode(length));
  return { decodes, final: await decode(samples.length) };
}

function play(growths: readonly Growth[], create: (flicker: CaptionFlicker) => Show) {
  const flicker = new CaptionFlicker();
  const sum = { emitted: 0, retracted: 0, length: 0 };
  for (const { decodes, final } of growths) {
    const show = create(flicker);
    let shown = '';
    const follow = (text: string): void => {
      const change = captionChange(shown, text);
      flicker.count(change);
      sum.emitted += change.emitted;
      sum.retracted += change.retracted;
      shown = text;
    };
    for (const decode of decodes) {
      const text = show.interim(decode);
      sum.length += text.length;
      if (text !== '') follow(text);
    }
    follow(show.final(final));
    flicker.endUtterance();
  }
  return sum;
}
