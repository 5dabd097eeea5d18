import { keepPrefix } from '../../src/common/text/keep-prefix.js';
import type { Engine } from '../../src/whisper-worker/engine.js';
import { captionChange } from '../../src/whisper-worker/interim/caption-flicker.js';
import { LocalAgreement } from '../../src/whisper-worker/interim/local-agreement.js';
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
type Policy = (language: string) => Show;

export interface CaptionFigures {
  policy: string;
  /** Of the characters shown, those that were taken back. */
  flicker: number;
  /** Of the text of finals, what the last interim had shown. */
  shown: number;
}

const agreeing =
  (pace: 'steady' | 'fast'): Policy =>
  (language) => {
    const agreement = new LocalAgreement(language, pace);
    const flow = new SentenceFlow();
    let promised = '';
    return {
      interim(decode) {
        const { text, stable } = agreement.update(flow.write(decode, language));
        promised = text.slice(0, stable);
        return text;
      },
      final: (decode) => agreement.asShown(keepPrefix(promised, flow.write(decode, language))),
    };
  };

const asItIs = (decode: string): string => decode;

const POLICIES: Record<string, Policy> = {
  'each decode as it is': () => ({ interim: asItIs, final: asItIs }),
  fast: agreeing('fast'),
  steady: agreeing('steady'),
};

/** What captions would show of the same decodes by one policy and another. */
export async function captionPolicies(
  engine: Engine,
  language: string,
  utterances: readonly Int16Array[],
): Promise<CaptionFigures[]> {
  const growths: Growth[] = [];
  for (const samples of utterances)
    for (const phase of PHASES_SAMPLES) growths.push(await grow(engine, language, toFloat(samples), phase));
  return Object.entries(POLICIES).map(([policy, create]) => {
    const { emitted, retracted, said, shown } = play(growths, () => create(language));
    return { policy, flicker: retracted / emitted, shown: shown / said };
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

function play(growths: readonly Growth[], create: () => Show) {
  const sum = { emitted: 0, retracted: 0, said: 0, shown: 0 };
  for (const { decodes, final } of growths) {
    const show = create();
    let before = '';
    const follow = (text: string): number => {
      const { emitted, retracted } = captionChange(before, text);
      sum.emitted += emitted;
      sum.retracted += retracted;
      before = text;
      return text.length - emitted;
    };
    for (const decode of decodes) {
      const text = show.interim(decode);
      if (text !== '') follow(text);
    }
    const text = show.final(final);
    sum.said += text.length;
    sum.shown += follow(text);
  }
  return sum;
}
