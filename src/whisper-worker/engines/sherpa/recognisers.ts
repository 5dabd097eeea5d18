import { LRUCache } from 'lru-cache';
import sherpa from 'sherpa-onnx-node';
import { SPEECH_SAMPLE_RATE } from '../../../common/audio/pcm.js';
import type { RecogniserKey } from '../../engine.js';
import type { ModelFiles } from './model-folder.js';

/** Sherpa wants a number here, but uses the number of mel bands that is in the model. */
const FEATURE_DIM = 80;

/**
 * Loaded recognisers, one per language, task and wish for word times: sherpa binds all three when it loads. The one used
 * longest ago is dropped when there are too many; decodes that use it keep it until they end.
 */
export class Recognisers {
  private readonly loaded: LRUCache<string, Promise<sherpa.OfflineRecognizer>>;

  constructor(max: number) {
    this.loaded = new LRUCache({ max });
  }

  get size(): number {
    return this.loaded.size;
  }

  get(files: ModelFiles, key: RecogniserKey): Promise<sherpa.OfflineRecognizer> {
    const id = `${key.language} ${key.task} ${key.words}`;
    const known = this.loaded.get(id);
    if (known) return known;
    const loading = load(files, key);
    this.loaded.set(id, loading);
    loading.catch(() => this.loaded.delete(id));
    return loading;
  }

  clear(): void {
    this.loaded.clear();
  }
}

function load(
  files: ModelFiles,
  { language, task, words }: RecogniserKey,
): Promise<sherpa.OfflineRecognizer> {
  const { encoder, decoder, tokens, tailPaddingFrames } = files;
  return sherpa.OfflineRecognizer.createAsync({
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
  });
}
