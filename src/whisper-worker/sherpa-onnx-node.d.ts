/** The part of sherpa-onnx-node that Parley uses; the package has no types of its own. */
declare module 'sherpa-onnx-node' {
  namespace sherpa {
    interface VadConfig {
      sileroVad: {
        model: string;
        threshold: number;
        minSilenceDuration: number;
        minSpeechDuration: number;
        windowSize: number;
      };
      sampleRate: number;
      numThreads: number;
      debug: 0 | 1;
    }

    class Vad {
      constructor(config: VadConfig, bufferSizeInSeconds: number);
      acceptWaveform(samples: Float32Array): void;
      isDetected(): boolean;
      /** Ends the segment that is open. */
      flush(): void;
      /** Drops the segments that were found. */
      clear(): void;
      reset(): void;
    }

    interface OfflineRecognizerConfig {
      featConfig: { sampleRate: number; featureDim: number };
      modelConfig: {
        whisper: {
          encoder: string;
          decoder: string;
          language: string;
          task: 'transcribe' | 'translate';
          /** In frames of 10 ms. */
          tailPaddings: number;
          /** Flags are numbers: `true` is ignored. */
          enableTokenTimestamps?: 0 | 1;
          enableSegmentTimestamps?: 0 | 1;
        };
        tokens: string;
        numThreads: number;
        provider: 'cpu';
        debug: 0 | 1;
      };
    }

    /** `ys_log_probs` is there too, but empty for Whisper, and nothing tells the probability of no speech. */
    interface OfflineResult {
      text: string;
      lang: string;
      tokens: string[];
      /** Seconds; empty where the model measures none. */
      timestamps: number[];
      durations: number[];
    }

    class OfflineStream {
      /** Extracts features on the calling thread: about 16 ms per second of audio. */
      acceptWaveform(wave: { samples: Float32Array; sampleRate: number }): void;
    }

    class OfflineRecognizer {
      static createAsync(config: OfflineRecognizerConfig): Promise<OfflineRecognizer>;
      /** Changes language, task and word times, at once. Not while it decodes. */
      setConfig(config: OfflineRecognizerConfig): void;
      createStream(): OfflineStream;
      /** On a thread of the pool. A stream without samples crashes the process. */
      decodeAsync(stream: OfflineStream): Promise<OfflineResult>;
    }

    /** The model of one voice; paths. The kind that is not meant stays away. */
    interface OfflineTtsConfig {
      model: {
        vits?: { model: string; tokens: string; lexicon: string; dataDir: string };
        kokoro?: {
          model: string;
          voices: string;
          tokens: string;
          lexicon: string;
          dataDir: string;
          lang: string;
        };
        matcha?: { acousticModel: string; vocoder: string; tokens: string; lexicon: string; dataDir: string };
        numThreads: number;
        provider: 'cpu';
        debug: boolean;
      };
      /** Sentences that sherpa gives to the model in one go. */
      maxNumSentences: number;
      /** Files of rules, comma-separated. */
      ruleFsts: string;
    }

    interface OfflineTtsRequest {
      text: string;
      /** Number of the speaker. */
      sid: number;
      /** Factor of the normal pace. */
      speed: number;
      /** With it the samples lie in memory of the library. */
      enableExternalBuffer: false;
      /** A part is ready; 0 ends the work behind it. */
      onProgress(part: { samples: Float32Array; progress: number }): 0 | 1;
    }

    class OfflineTts {
      static createAsync(config: OfflineTtsConfig): Promise<OfflineTts>;
      readonly sampleRate: number;
      readonly numSpeakers: number;
      /** On a thread of the pool. Where the model fails, it never settles. */
      generateAsync(request: OfflineTtsRequest): Promise<{ samples: Float32Array; sampleRate: number }>;
    }
  }
  export default sherpa;
}
