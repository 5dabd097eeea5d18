import sherpa from 'sherpa-onnx-node';
import { SPEECH_SAMPLE_RATE } from '../../../common/audio/pcm.js';
import type { RecogniserKey } from '../../engine.js';
import type { ModelFiles } from './model-folder.js';

/** Sherpa wants a number here, but uses the number of mel bands that is in the model. */
const FEATURE_DIM = 80;

/** The part of sherpa's recogniser that is used here. */
export type Recogniser = Pick<sherpa.OfflineRecognizer, 'setConfig' | 'createStream' | 'decodeAsync'>;

/** Loads a model. */
export type LoadRecogniser = (config: sherpa.OfflineRecognizerConfig) => Promise<Recogniser>;

interface Loaded {
  /** The file that tells models apart. */
  encoder: string;
  /** Language, task and word times that it is set to. */
  setting: string;
  recogniser: Promise<Recogniser>;
  /** Decodes that run on it. */
  uses: number;
}

/**
 * Loaded models. One is enough for all languages, tasks and wishes for word times: they are set before a decode. Only a decode that needs
 * another setting while all copies of its model are busy loads one more. When there are too many, the one used longest ago is dropped;
 * decodes that use it keep it until they end.
 */
export class Recognisers {
  /** The one used last comes last. */
  private readonly loaded: Loaded[] = [];

  constructor(
    private readonly max: number,
    private readonly load: LoadRecogniser = (config) => sherpa.OfflineRecognizer.createAsync(config),
  ) {}

  get size(): number {
    return this.loaded.length;
  }

  /** Resolves when the model is loaded. */
  async prepare(files: ModelFiles, key: RecogniserKey): Promise<void> {
    const known = this.loaded.find(({ encoder }) => encoder === files.encoder);
    await (known ?? this.add(files, key)).recogniser;
  }

  /** Gives `work` a recogniser that stays set to `key` until the promise of `work` has settled. */
  async use<T>(
    files: ModelFiles,
    key: RecogniserKey,
    work: (recogniser: Recogniser) => Promise<T>,
  ): Promise<T> {
    const chosen = this.choose(files, key);
    chosen.uses += 1;
    try {
      return await work(await chosen.recogniser);
    } finally {
      chosen.uses -= 1;
    }
  }

  clear(): void {
    this.loaded.length = 0;
  }

  private choose(files: ModelFiles, key: RecogniserKey): Loaded {
    const copies = this.loaded.filter(({ encoder }) => encoder === files.encoder);
    const setting = settingOf(key);
    const found =
      copies.find((copy) => copy.setting === setting) ??
      copies.find(({ uses }) => uses === 0) ??
      this.add(files, key);
    if (found.setting !== setting) {
      found.setting = setting;
      found.recogniser = found.recogniser.then((recogniser) => {
        recogniser.setConfig(configOf(files, key));
        return recogniser;
      });
    }
    this.loaded.push(...this.loaded.splice(this.loaded.indexOf(found), 1));
    return found;
  }

  private add(files: ModelFiles, key: RecogniserKey): Loaded {
    const recogniser = this.load(configOf(files, key));
    const added = { encoder: files.encoder, setting: settingOf(key), recogniser, uses: 0 };
    recogniser.catch(() => this.drop(added));
    this.loaded.push(added);
    if (this.loaded.length > this.max) this.loaded.shift();
    return added;
  }

  private drop(gone: Loaded): void {
    const at = this.loaded.indexOf(gone);
    if (at !== -1) this.loaded.splice(at, 1);
  }
}

function settingOf({ language, task, words }: RecogniserKey): string {
  return `${language} ${task} ${words}`;
}

function configOf(
  { encoder, decoder, tokens, tailPaddingFrames }: ModelFiles,
  { language, task, words }: RecogniserKey,
): sherpa.OfflineRecognizerConfig {
  return {
    featConfig: { sampleRate: SPEECH_SAMPLE_RATE, featureDim: FEATURE_DIM },
    modelConfig: {
      whisper: {
        encoder,
        decoder,
        // Without a language sherpa detects it.
        language: language === 'auto' ? '' : language,
        task,
        tailPaddings: tailPaddingFrames,
        ...(words && { enableTokenTimestamps: 1 }),
      },
      tokens,
      numThreads: 1,
      provider: 'cpu',
      debug: 0,
    },
  };
}
