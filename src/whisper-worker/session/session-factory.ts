import { msToSamples } from '../../common/audio/pcm.js';
import { InvalidInputError } from '../../common/errors/caller-errors.js';
import type { AppConfig } from '../../config/app-config.js';
import type { SessionOptions } from '../../whisper-protocol/messages.js';
import { Endpointer, type EndpointingOptions } from '../endpointing/endpointer.js';
import type { Engine } from '../engine.js';
import type { Lanes } from '../lanes/lanes.js';
import type { DetectorPool } from '../vad/detector-pool.js';
import { SpeechSession, type SpeechSessionParts } from './speech-session.js';

/** Silence kept behind speech. The models were measured with 0.02 to 0.2 s around the words. */
const TAIL_MS = 200;

/** Builds sessions from what a hello asks for and what this worker can do. */
export class SessionFactory {
  constructor(
    private readonly config: AppConfig['worker'],
    private readonly engine: Engine,
    private readonly lanes: Lanes,
    private readonly detectors: DetectorPool,
  ) {}

  /**
   * Loads what the options need, so that the first utterance does not wait for it.
   * @throws InvalidInputError for options that the engine cannot honour
   */
  async prepare(options: SessionOptions): Promise<void> {
    const language = options.language ?? this.config.language;
    if (!this.engine.languages.has(language)) {
      throw new InvalidInputError('language', 'The language is not among those of the model.');
    }
    if (options.task === 'translate') {
      throw new InvalidInputError('task', 'The engine does not translate.');
    }
    await this.engine.prepare(language);
  }

  create(
    start: number,
    options: SessionOptions,
    outputs: Pick<SpeechSessionParts, 'say' | 'fail' | 'idle'>,
  ): { session: SpeechSession; release: () => void } {
    const language = options.language ?? this.config.language;
    const detector = this.detectors.take();
    const session = new SpeechSession({
      ...outputs,
      detector,
      endpointer: new Endpointer(this.endpointing(options), start),
      decode: (samples, signal) =>
        this.lanes.run(() => this.engine.decode({ samples, language }, signal), signal),
    });
    let isReleased = false;
    const release = (): void => {
      if (isReleased) return;
      isReleased = true;
      session.abort();
      this.detectors.giveBack(detector);
    };
    return { session, release };
  }

  private endpointing({ vad }: SessionOptions): EndpointingOptions {
    const silenceMs = vad?.silenceMs ?? this.config.vad.silenceMs;
    return {
      preRollSamples: msToSamples(this.config.vad.preRollMs),
      silenceSamples: msToSamples(silenceMs),
      tailSamples: msToSamples(Math.min(TAIL_MS, silenceMs)),
      minSpeechSamples: msToSamples(this.config.vad.minSpeechMs),
      maxUtteranceSamples: msToSamples(vad?.maxUtteranceMs ?? this.config.maxUtteranceMs),
    };
  }
}
