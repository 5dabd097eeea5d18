import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SYNTHESIS_SAMPLE_RATE, type AudioFormat } from '../../../audio/encoding/audio-format.js';
import { Resampler } from '../../../audio/pcm/resampler.js';
import { toBytes } from '../../../audio/pcm/samples.js';
import type { Caller } from '../../../auth/caller.js';
import {
  ProviderFailedError,
  ProviderTimeoutError,
  ProviderUnconfiguredError,
} from '../../../common/errors/provider-errors.js';
import type { TenantConcurrencyLimit } from '../../../common/limits/concurrency-limit.js';
import { LinkedAbort } from '../../../common/streams/linked-abort.js';
import { OPENAI_VOICES } from '../../openai-voices.js';
import type { SpeechRequest, SpeechSynthesizer, Voice } from '../../speech-synthesizer.js';
import type { SpokenSentence } from './host/host-messages.js';
import { HostFaultError } from './host/voice-host.js';
import type { VoiceHosts } from './host/voice-hosts.js';
import { sentencesOf } from './sentences.js';
import { chooseVoice, type ChosenVoice } from './voices/choose-voice.js';
import type { InstalledVoices } from './voices/installed-voices.js';

/** A voice that did not load is not tried again for so long. */
const REST_MS = 30_000;
/** A sentence is handed on in pieces, so that no encoder holds up the others for long. */
const PIECE_MS = 250;

/** Neural voices through sherpa-onnx, in processes of their own, sentence by sentence. */
export class SherpaSynthesizer implements SpeechSynthesizer {
  readonly name = 'sherpa';
  readonly formats: readonly AudioFormat[] = ['pcm'];
  readonly maxInputChars = Infinity;
  readonly standInVoice = 'nova';
  /** When the voices that did not load may be tried again, by key. */
  private readonly resting = new Map<string, number>();

  /** @param places speeches at once */
  constructor(
    private readonly installed: InstalledVoices,
    private readonly hosts: VoiceHosts,
    private readonly places: TenantConcurrencyLimit,
    private readonly defaultVoice: string,
  ) {}

  get fingerprint(): string {
    const keys = this.installed.all().map(({ key }) => key);
    return createHash('sha256')
      .update(JSON.stringify([this.defaultVoice, keys]))
      .digest('hex')
      .slice(0, 16);
  }

  /** Loads the default voice ahead of the first speech. What is wrong with it is told to that one. */
  async warmUp(): Promise<void> {
    try {
      const { voice } = this.choose({ voice: this.defaultVoice, input: '' });
      await this.hosts.load(voice.key, voice.files).catch((error: unknown) => {
        throw this.faultOf(error, voice.key, voice.name);
      });
    } catch {
      // There is no voice yet, or it rests now.
    }
  }

  async synthesize(
    request: SpeechRequest,
    signal: AbortSignal,
    { tenantId }: Caller,
  ): Promise<AsyncIterable<Uint8Array>> {
    const chosen = this.choose(request);
    signal.throwIfAborted();
    return this.speak(chosen, request, signal, tenantId);
  }

  /** OpenAI's names, which are the default voice, and each voice with each speaker that has a name. */
  async voices(): Promise<readonly Voice[]> {
    return [
      ...OPENAI_VOICES.map((id) => ({ id })),
      ...this.installed.all().flatMap(({ name, languages, licence, speakers, speakerCount }) => {
        const told = {
          language: languages[0]!,
          ...(languages.length > 1 && { languages }),
          ...(licence !== undefined && { licence }),
        };
        return [
          { id: name, ...told, ...(speakerCount > 1 && { speakers: speakerCount }) },
          ...(speakerCount > 1 ? speakers.map((speaker) => ({ id: `${name}:${speaker}`, ...told })) : []),
        ];
      }),
    ];
  }

  status(): Record<string, number> {
    const { pids, ends, residentBytes } = this.hosts;
    return {
      voices: this.installed.all().length,
      hosts: pids.length,
      hostsEnded: ends,
      hostsMb: Math.round(residentBytes / 1_048_576),
    };
  }

  close(): void {
    this.hosts.close();
  }

  private choose(request: Pick<SpeechRequest, 'voice' | 'language' | 'input'>): ChosenVoice {
    const chosen = chooseVoice(request, this.installed, this.defaultVoice);
    const { key, name } = chosen.voice;
    if ((this.resting.get(key) ?? 0) > performance.now()) throw doesNotLoad(name);
    this.resting.delete(key);
    return chosen;
  }

  /** One sentence is spoken ahead of the one that is being read, and no more. */
  private async *speak(
    { voice: { key: voiceKey, files, name }, speaker }: ChosenVoice,
    { input, speed }: SpeechRequest,
    signal: AbortSignal,
    tenantId: string,
  ): AsyncGenerator<Uint8Array> {
    const release = this.places.acquire(tenantId);
    const work = new LinkedAbort(signal);
    const begin = (text: string): Promise<SpokenSentence> => {
      const spoken = this.hosts
        .speak({ voiceKey, files, text, speaker, speed }, work.signal)
        .catch((error: unknown) => {
          throw this.faultOf(error, voiceKey, name);
        });
      // A failure is told when it is its turn.
      spoken.catch(() => undefined);
      return spoken;
    };
    try {
      const sentences = sentencesOf(input);
      let resampler: Resampler | undefined;
      let next = begin(sentences[0] ?? input);
      for (let index = 1; index <= Math.max(1, sentences.length); index++) {
        const { samples, sampleRate } = await next;
        const text = sentences[index];
        if (text !== undefined) next = begin(text);
        resampler ??= new Resampler(sampleRate, SYNTHESIS_SAMPLE_RATE);
        yield* pieces(samples, sampleRate, resampler);
        work.signal.throwIfAborted();
      }
      const last = resampler?.finish() ?? new Int16Array(0);
      if (last.length > 0) yield toBytes(last);
    } finally {
      work.abort();
      release();
    }
  }

  /** What a fault of a host is to the caller. A voice that does not load is left alone for a while. */
  private faultOf(error: unknown, voiceKey: string, name: string): unknown {
    if (!(error instanceof HostFaultError)) return error;
    switch (error.code) {
      case 'load':
        this.resting.set(voiceKey, performance.now() + REST_MS);
        return doesNotLoad(name, error);
      case 'timeout':
        return new ProviderTimeoutError(`The voice ${name} took too long for a sentence.`, { cause: error });
      case 'sentence':
        return new ProviderFailedError(`The voice ${name} failed on this text.`, { cause: error });
      case 'ended':
        return new ProviderFailedError(`The process of the voice ${name} ended twice.`, { cause: error });
    }
  }
}

function doesNotLoad(name: string, cause?: Error): ProviderUnconfiguredError {
  return new ProviderUnconfiguredError(`The voice ${name} does not load.`, cause && { cause });
}

async function* pieces(
  samples: Int16Array,
  sampleRate: number,
  resampler: Resampler,
): AsyncGenerator<Uint8Array> {
  const size = Math.ceil((sampleRate * PIECE_MS) / 1_000);
  for (let start = 0; start < samples.length; start += size) {
    if (start > 0) await nextTurn();
    const floats = Float32Array.from(samples.subarray(start, start + size), (each) => each / 32_768);
    const resampled = resampler.write(floats);
    if (resampled.length > 0) yield toBytes(resampled);
  }
}
