import type { Ping, Pong } from '../../../../common/processes/child-pulse.js';

/** The messages between the gateway and a voice host, over the IPC channel between two processes of the same build. */

/** The files of one voice as sherpa wants them: paths, and several of them comma-separated. Empty: there is none. */
export interface VoiceFiles {
  kind: 'vits' | 'kokoro' | 'matcha';
  /** Of Matcha the acoustic model. */
  model: string;
  tokens: string;
  lexicon: string;
  /** Folder of the data that espeak-ng turns text into phonemes with. */
  dataDir: string;
  ruleFsts: string;
  /** Of Kokoro: the speakers. */
  voices: string;
  /** Of Kokoro: the language that espeak-ng reads the text in. */
  espeakLanguage: string;
  /** Of Matcha. */
  vocoder: string;
}

export interface SentenceJob {
  /** Tells voices apart that have the same name but are not the same. */
  voiceKey: string;
  files: VoiceFiles;
  text: string;
  /** Number of the speaker. */
  speaker: number;
  /** Factor of the normal pace. */
  speed: number;
}

export interface HostSettings {
  /** Threads of one synthesis. */
  threads: number;
  /** Voices that stay loaded. */
  maxVoices: number;
}

export type ToVoiceHost =
  | { type: 'start'; settings: HostSettings }
  | { type: 'load'; id: number; voiceKey: string; files: VoiceFiles }
  | { type: 'speak'; id: number; job: SentenceJob }
  /** Nobody wants the sentence any more. */
  | { type: 'stop'; id: number }
  | Ping;

export interface SpokenSentence {
  /** s16, mono. None when the voice has no sound for the text. */
  samples: Int16Array;
  sampleRate: number;
}

export type FromVoiceHost =
  /** The voice is there and the work on the sentence begins. */
  | { type: 'loaded'; id: number; voiceKeys: string[] }
  | { type: 'done'; id: number; spoken: SpokenSentence; residentBytes: number }
  | { type: 'failed'; id: number; isLoading: boolean }
  | Pong;
