import sherpa from 'sherpa-onnx-node';
import { SPEECH_SAMPLE_RATE } from '../../../common/audio/pcm.js';
import type { DecodedUtterance, DecodeRequest, Engine } from '../../engine.js';
import { WHISPER_LANGUAGES } from '../whisper-languages.js';
import type { ModelChoice, ModelFiles } from './model-folder.js';

/** In frames of 10 ms. Sherpa's default of 1000 decodes ten seconds of nothing behind every utterance. */
const TAIL_PADDINGS = 100;
const FEATURE_DIM = 80;
/** 100 ms: sherpa crashes the process on less than one frame of features. */
const MIN_SAMPLES = 1_600;

/**
 * Whisper through sherpa-onnx. A recogniser belongs to one language and is shared by all sessions of it; a stream belongs to
 * one utterance. Decoding runs on libuv's threads and cannot be stopped: after an abort its result is dropped.
 */
export class SherpaEngine implements Engine {
  readonly name = 'sherpa';
  readonly model: string;
  readonly languages: ReadonlySet<string>;
  readonly #recognisers = new Map<string, Promise<sherpa.OfflineRecognizer>>();

  constructor(private readonly choice: ModelChoice) {
    this.model = choice.name;
    this.languages = 'byLanguage' in choice ? new Set(choice.byLanguage.keys()) : languagesOf(choice.name);
  }

  async prepare(language: string): Promise<void> {
    await this.recogniserFor(language);
  }

  async decode({ samples, language }: DecodeRequest, signal: AbortSignal): Promise<DecodedUtterance> {
    signal.throwIfAborted();
    if (samples.length === 0) throw new RangeError('An utterance without samples cannot be decoded');
    const recogniser = await abortable(this.recogniserFor(language), signal);
    const stream = recogniser.createStream();
    stream.acceptWaveform({ samples: padded(samples), sampleRate: SPEECH_SAMPLE_RATE });
    const { text } = await abortable(recogniser.decodeAsync(stream), signal);
    return { text: text.trim(), language };
  }

  async close(): Promise<void> {
    this.#recognisers.clear();
  }

  private recogniserFor(language: string): Promise<sherpa.OfflineRecognizer> {
    const known = this.#recognisers.get(language);
    if (known) return known;
    const loading = load(this.filesFor(language), language);
    this.#recognisers.set(language, loading);
    loading.catch(() => this.#recognisers.delete(language));
    return loading;
  }

  private filesFor(language: string): ModelFiles {
    const files = 'byLanguage' in this.choice ? this.choice.byLanguage.get(language) : this.choice.files;
    if (!files || !this.languages.has(language)) {
      throw new RangeError('The language is not among those of the model');
    }
    return files;
  }
}

function padded(samples: Float32Array): Float32Array {
  if (samples.length >= MIN_SAMPLES) return samples;
  const longer = new Float32Array(MIN_SAMPLES);
  longer.set(samples);
  return longer;
}

/** Whisper's English-only models are named so: `tiny.en`. */
function languagesOf(model: string): ReadonlySet<string> {
  return model.endsWith('.en') ? new Set(['en']) : WHISPER_LANGUAGES;
}

function load({ encoder, decoder, tokens }: ModelFiles, language: string): Promise<sherpa.OfflineRecognizer> {
  return sherpa.OfflineRecognizer.createAsync({
    featConfig: { sampleRate: SPEECH_SAMPLE_RATE, featureDim: FEATURE_DIM },
    modelConfig: {
      whisper: { encoder, decoder, language, task: 'transcribe', tailPaddings: TAIL_PADDINGS },
      tokens,
      numThreads: 1,
      provider: 'cpu',
      debug: 0,
    },
  });
}

async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}
