import type { Context } from '@opentelemetry/api';
import { msToSamples } from '../../common/audio/pcm.js';
import { InvalidInputError } from '../../common/errors/caller-errors.js';
import { releaseOnce } from '../../common/limits/release-once.js';
import type { WorkerConfig } from '../worker.config.js';
import type { SessionOptions } from '../../whisper-protocol/messages.js';
import { Endpointer } from '../endpointing/endpointer.js';
import type { PauseVerdict } from '../endpointing/pause-judge.js';
import { SentenceJudge } from '../endpointing/sentence-judge.js';
import type { RecogniserKey } from '../engine.js';
import { inabilityOf } from '../engines/refuse-request.js';
import type { Priority } from '../lanes/lane-scheduler.js';
import type { CurrentEngine, EngineLease } from '../model/current-engine.js';
import type { DetectorPool } from '../vad/detector-pool.js';
import type { VoiceActivityDetector } from '../voice-activity-detector.js';
import { SessionDecoder, type DecodingParts } from './session-decoder.js';
import { SpeechSession, type SpeechSessionParts } from './speech-session.js';

/** Silence kept behind speech. The models were measured with 0.02 to 0.2 s around the words. */
const TAIL_MS = 96;

/** A whole sentence of at most this length has to be heard twice. */
const HEARD_TWICE_MS = 3_000;

/** Of the silence that ends an utterance, what is enough behind a whole sentence. */
const SENTENCE_SILENCE = 0.8;

/** What a hello asks of a session. */
export interface SessionRequest {
  start: number;
  options: SessionOptions;
  priority: Priority;
  /** The language that `auto` came to on an earlier connection. */
  knownLanguage?: string;
  /** The span that its decodes belong to. */
  trace?: Context | undefined;
}

/** What a session has before it begins. `create` or `release` takes it. */
export interface PreparedSession {
  detector: VoiceActivityDetector;
  /** The session keeps its engine to its end, whatever new sessions get meanwhile. */
  lease: EngineLease;
}

/** Builds sessions from the options of a hello and the defaults of this worker. */
export class SessionFactory {
  constructor(
    private readonly config: WorkerConfig,
    private readonly decoding: Omit<DecodingParts, 'engine' | 'trace'>,
    private readonly engines: CurrentEngine,
    private readonly detectors: DetectorPool,
  ) {}

  /**
   * Loads the recogniser for the options, so that the first utterance does not wait for it, and gives what the session needs.
   * @throws InvalidInputError for options that the engine cannot honour
   */
  async prepare(request: SessionRequest): Promise<PreparedSession> {
    const lease = this.engines.acquire();
    try {
      await this.load(request, lease);
      return { lease, detector: await this.detectors.acquire(request.options.vad?.threshold) };
    } catch (error) {
      lease.release();
      throw error;
    }
  }

  /** @param prepared what `prepare` gave; the release gives it back */
  create(
    request: SessionRequest,
    prepared: PreparedSession,
    outputs: Pick<SpeechSessionParts, 'send' | 'fail' | 'idle'>,
  ): { session: SpeechSession; release: () => void } {
    const { detector, lease } = prepared;
    const { options, start } = request;
    const silenceMs = this.silenceMs(options);
    const session = new SpeechSession({
      ...outputs,
      detector,
      endpointer: this.endpointer(options, silenceMs, start),
      pauses: {
        judge: new SentenceJudge(),
        // Where the verdict counts, and a second hearing costs only time of a lane.
        twiceUpToSamples:
          silenceMs.open > silenceMs.complete && this.config.engine !== 'openai'
            ? msToSamples(HEARD_TWICE_MS)
            : 0,
        silenceSamples: {
          complete: msToSamples(silenceMs.complete),
          unknown: msToSamples(silenceMs.unknown),
          open: msToSamples(silenceMs.open),
        },
      },
      decoder: new SessionDecoder(
        { ...this.decoding, engine: lease.engine, trace: request.trace },
        this.keyOf(request),
        request.priority,
      ),
      metrics: this.decoding.metrics,
      interims: options.interim
        ? { everyMs: this.config.interimMs, pace: options.captions ?? 'steady' }
        : undefined,
    });
    const release = releaseOnce(() => {
      session.abort();
      this.release(prepared);
    });
    return { session, release };
  }

  /** Releases what was prepared for a session that does not begin. */
  release({ detector, lease }: PreparedSession): void {
    this.detectors.release(detector);
    lease.release();
  }

  private async load(request: SessionRequest, { engine }: EngineLease): Promise<void> {
    const key = this.keyOf(request);
    const inability = inabilityOf(engine, key);
    if (inability) throw new InvalidInputError(inability.option, inability.message);
    await engine.prepare(key);
  }

  private keyOf({ options, knownLanguage }: SessionRequest): RecogniserKey {
    const language = options.language ?? this.config.language;
    return {
      language: language === 'auto' ? (knownLanguage ?? 'auto') : language,
      task: options.task ?? 'transcribe',
      words: options.words ?? false,
    };
  }

  private silenceMs({ vad }: SessionOptions): Record<PauseVerdict, number> {
    const { vad: defaults } = this.config;
    const usual = vad?.silenceMs ?? defaults.silenceMs;
    // A session that names its silence gets exactly that, unless it names the longest one, too.
    const most = vad?.maxSilenceMs ?? (vad?.silenceMs === undefined ? defaults.maxSilenceMs : usual);
    const isFixed = most <= usual;
    return {
      complete: isFixed ? usual : Math.round(usual * SENTENCE_SILENCE),
      unknown: usual,
      open: Math.max(usual, most),
    };
  }

  private endpointer(
    { vad }: SessionOptions,
    silenceMs: Record<PauseVerdict, number>,
    start: number,
  ): Endpointer {
    const { vad: defaults, maxUtteranceMs } = this.config;
    const samples = {
      preRollSamples: msToSamples(vad?.preRollMs ?? defaults.preRollMs),
      leastSilenceSamples: msToSamples(silenceMs.complete),
      mostSilenceSamples: msToSamples(silenceMs.open),
      tailSamples: msToSamples(Math.min(TAIL_MS, silenceMs.complete)),
      minSpeechSamples: msToSamples(vad?.minSpeechMs ?? defaults.minSpeechMs),
      maxUtteranceSamples: msToSamples(vad?.maxUtteranceMs ?? maxUtteranceMs),
    };
    return new Endpointer(samples, start);
  }
}
