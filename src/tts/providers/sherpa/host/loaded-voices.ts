import { LRUCache } from 'lru-cache';
import sherpa from 'sherpa-onnx-node';
import type { HostSettings, VoiceFiles } from './host-messages.js';

/** Loaded voices. The one used longest ago is dropped when there are too many. */
export class LoadedVoices {
  private readonly loaded: LRUCache<string, Promise<sherpa.OfflineTts>>;

  constructor(private readonly settings: HostSettings) {
    this.loaded = new LRUCache({
      max: settings.maxVoices,
      // What is native memory to us is a small object to V8, which would let it lie.
      dispose: () => void setImmediate(() => globalThis.gc?.()),
    });
  }

  get keys(): string[] {
    return [...this.loaded.keys()];
  }

  get(voiceKey: string, files: VoiceFiles): Promise<sherpa.OfflineTts> {
    const known = this.loaded.get(voiceKey);
    if (known) return known;
    const loading = sherpa.OfflineTts.createAsync(configOf(files, this.settings.threads));
    this.loaded.set(voiceKey, loading);
    loading.catch(() => this.loaded.delete(voiceKey));
    return loading;
  }
}

function configOf(files: VoiceFiles, threads: number): sherpa.OfflineTtsConfig {
  const { kind, model, tokens, lexicon, dataDir, ruleFsts, voices, espeakLanguage, vocoder } = files;
  const common = { tokens, lexicon, dataDir };
  const byKind = {
    vits: { vits: { ...common, model } },
    kokoro: { kokoro: { ...common, model, voices, lang: espeakLanguage } },
    matcha: { matcha: { ...common, acousticModel: model, vocoder } },
  };
  return {
    model: { ...byKind[kind], numThreads: threads, provider: 'cpu', debug: false },
    maxNumSentences: 1,
    ruleFsts,
  };
}
