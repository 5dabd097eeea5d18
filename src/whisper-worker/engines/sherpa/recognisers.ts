import { LRUCache } from 'lru-cache';
import sherpa from 'sherpa-onnx-node';
import { SPEECH_SAMPLE_RATE } from '../../../common/audio/pcm.js';
import type { RecogniserNeed } from '../../engine.js';
import type { ModelFiles } from './model-folder.js';

/** What sherpa is told; the number of mel bands that counts is in the model itself. */
const FEATURE_DIM = 80;

/**
 * Loaded recognisers, one per language, task and wish for word times: sherpa binds all three when it loads. The one used
 * longest ago goes when there are too many; decodes that still use it keep it until they end.
 */
export class Recognisers {
  private readonly loaded: LRUCache<string, Promise<sherpa.OfflineRecognizer>>;

  constructor(max: number) {
    this.loaded = new LRUCache({ max });
  }

  get size(): number {
    return this.loaded.size;
  }

  get(files: ModelFiles, need: RecogniserNeed): Promise<sherpa.OfflineRecognizer> {
    const key = `${need.language} ${need.task} ${need.words}`;
    const known = this.loaded.get(key);
    if (known) return known;
    const loading = load(files, need);
    this.loaded.set(key, loading);
    loading.catch(() => this.loaded.delete(key));
    return loading;
  }

  clear(): void {
    this.loaded.clear();
  }
}

function load(
  files: ModelFiles,
  { language, task, words }: RecogniserNeed,
): Promise<sherpa.OfflineRecognizer> {
  const { encoder, decoder, tokens, tailPaddingFrames } = files;
  return sherpa.OfflineRecognizer.createAsync({
    featConfig: { sampleRate: SPEECH_SAMPLE_RATE, featureDim: FEATURE_DIM },
    modelConfig: {
      whisper: {
        encoder,
        decoder,
        // Sherpa detects the language when it is told none.
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
