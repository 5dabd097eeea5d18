import { SPEECH_SAMPLE_RATE } from '../../../common/audio/pcm.js';
import type { DecodedUtterance, DecodeRequest, Engine, RecogniserKey, Task } from '../../engine.js';
import { refuseKey, refuseRequest } from '../refuse-request.js';
import { WHISPER_LANGUAGES } from '../whisper-languages.js';
import type { ModelChoice, ModelFiles } from './model-folder.js';
import { Recognisers } from './recognisers.js';
import { wordTimes } from './word-times.js';

/** 100 ms: sherpa crashes the process on less than one frame of features. */
const MIN_SAMPLES = 1_600;

/** 10 ms. */
const FRAME_SAMPLES = 160;

/** By the names of these models, which were trained without translations: asked for one, they answer in the language that is spoken. */
const TRANSCRIBES_ONLY = /turbo|distil/;

/**
 * Whisper through sherpa-onnx. A recogniser is shared by all sessions; a stream belongs to one utterance. Features are
 * extracted on the calling thread and decoding runs on libuv's threads. Neither can be stopped: after an abort the result is
 * dropped. Native code may end the process: run it in an engine host.
 */
export class SherpaEngine implements Engine {
  readonly name = 'sherpa';
  readonly model: string;
  readonly languages: ReadonlySet<string>;
  readonly tasks: ReadonlySet<Task>;
  readonly detectsLanguage: boolean;
  private readonly recognisers: Recognisers;

  constructor(
    private readonly choice: ModelChoice,
    maxRecognisers = 4,
  ) {
    this.recognisers = new Recognisers(maxRecognisers);
    this.model = choice.name;
    const isMultilingual = !('byLanguage' in choice) && choice.isMultilingual;
    this.languages =
      'byLanguage' in choice
        ? new Set(choice.byLanguage.keys())
        : isMultilingual
          ? WHISPER_LANGUAGES
          : new Set(['en']);
    const translates = isMultilingual && !TRANSCRIBES_ONLY.test(choice.name);
    this.tasks = new Set(translates ? ['transcribe', 'translate'] : ['transcribe']);
    this.detectsLanguage = isMultilingual;
  }

  async prepare(key: RecogniserKey): Promise<void> {
    refuseKey(this, key);
    await this.recognisers.prepare(this.filesFor(key.language), key);
  }

  async decode(request: DecodeRequest, signal: AbortSignal): Promise<DecodedUtterance> {
    signal.throwIfAborted();
    refuseRequest(this, request);
    const { samples, language, isInterim } = request;
    const files = this.filesFor(language);
    const least = isInterim ? MIN_SAMPLES : Math.max(MIN_SAMPLES, leastSamples(files));
    const result = await this.recognisers.use(files, request, (recogniser) => {
      signal.throwIfAborted();
      const stream = recogniser.createStream();
      stream.acceptWaveform({ samples: padded(samples, least), sampleRate: SPEECH_SAMPLE_RATE });
      return recogniser.decodeAsync(stream);
    });
    signal.throwIfAborted();
    const { text, lang } = result;
    const words = request.words ? wordTimes(result, samples.length) : undefined;
    return { text: text.trim(), language: language === 'auto' ? lang : language, ...(words && { words }) };
  }

  async close(): Promise<void> {
    this.recognisers.clear();
  }

  private filesFor(language: string): ModelFiles {
    const files = 'byLanguage' in this.choice ? this.choice.byLanguage.get(language) : this.choice.files;
    if (!files) throw new RangeError('The language is not among those of the model');
    return files;
  }
}

/** What is to be heard before sherpa adds its own padding. */
function leastSamples({ contextFrames, tailPaddingFrames }: ModelFiles): number {
  return (contextFrames - tailPaddingFrames) * FRAME_SAMPLES;
}

function padded(samples: Float32Array, least: number): Float32Array {
  if (samples.length >= least) return samples;
  const longer = new Float32Array(least);
  longer.set(samples);
  return longer;
}
