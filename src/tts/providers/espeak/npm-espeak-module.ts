import type { EspeakJob, EspeakVoice } from './espeak-engine.js';

/** What we use of the package, which has no types. */
interface EspeakModule {
  eSpeakNGWorker: new () => {
    set_voice(voice: string): number;
    set_rate(wordsPerMinute: number): void;
    /** @param onSamples returns true to stop */
    synthesize(text: string, onSamples: (samples: Int16Array) => boolean): void;
    list_voices(): EspeakVoice[];
  };
}

const PACKAGE: string = '@echogarden/espeak-ng-emscripten';

/** The npm-supplied build, loaded into this process, which it blocks while it speaks. */
export interface LoadedEspeak {
  /** @param onSamples returns true when it wants no more */
  speak(job: EspeakJob, onSamples: (samples: Buffer) => boolean): void;
  voices(): EspeakVoice[];
}

export async function loadNpmEspeak(): Promise<LoadedEspeak> {
  const { default: load } = (await import(PACKAGE)) as { default: () => Promise<EspeakModule> };
  const engine = new (await load()).eSpeakNGWorker();
  return {
    speak({ text, voice, wordsPerMinute }, onSamples) {
      if (engine.set_voice(voice) !== 0) throw new Error('This voice is not known');
      engine.set_rate(wordsPerMinute);
      engine.synthesize(text, ({ buffer, byteOffset, byteLength }) =>
        onSamples(Buffer.from(buffer, byteOffset, byteLength)),
      );
    },
    voices: () =>
      engine.list_voices().map(({ identifier, languages }) => ({
        identifier,
        languages: languages.map(({ name, priority }) => ({ name, priority })),
      })),
  };
}
