import type { WorkerMessage } from '../../whisper-protocol/messages.js';
import type { Endpointer, EndpointEvent } from '../endpointing/endpointer.js';
import { levelsOf } from '../endpointing/quietest-point.js';
import type { DecodedUtterance } from '../engine.js';
import { VAD_WINDOW_SAMPLES, type VoiceActivityDetector } from '../voice-activity-detector.js';
import { PcmTimeline } from './pcm-timeline.js';

type WithoutEpoch<M> = M extends unknown ? Omit<M, 'epoch'> : never;
/** What a session has to say; the connection adds its epoch. */
export type SessionMessage = WithoutEpoch<Exclude<WorkerMessage, { type: 'ready' }>>;

export interface SpeechSessionParts {
  detector: VoiceActivityDetector;
  endpointer: Endpointer;
  decode(samples: Float32Array, signal: AbortSignal): Promise<DecodedUtterance>;
  say(message: SessionMessage): void;
  /** The session cannot go on. Called at most once. */
  fail(error: unknown): void;
  /** Everything that was handed in has been said. */
  idle(): void;
}

type Covered =
  | { type: 'utterance'; start: number; end: number; samples: Float32Array }
  | { type: 'silence'; until: number }
  | { type: 'end' };

/**
 * One session: audio in, messages out. Finals and commits leave in the order of the audio, because utterances are decoded one
 * after the other; that also keeps a talkative session from taking every lane.
 */
export class SpeechSession {
  readonly #timeline: PcmTimeline;
  readonly #window = new Float32Array(VAD_WINDOW_SAMPLES);
  readonly #covered: Covered[] = [];
  readonly #aborting = new AbortController();
  #isWorking = false;
  #committed: number;
  #finals = 0;

  constructor(private readonly parts: SpeechSessionParts) {
    this.#committed = parts.endpointer.position;
    this.#timeline = new PcmTimeline(this.#committed);
  }

  /** Position behind the last sample taken over. */
  get received(): number {
    return this.#timeline.end;
  }

  /** Samples that are neither in a final nor judged silent. */
  get backlogSamples(): number {
    return this.received - this.#committed;
  }

  /** Whether an utterance, or what may become one, is open. */
  get isSpeaking(): boolean {
    return this.parts.endpointer.isOpen;
  }

  get isIdle(): boolean {
    return !this.#isWorking;
  }

  write(samples: Int16Array): void {
    this.#timeline.append(samples);
    const { endpointer } = this.parts;
    while (endpointer.position + VAD_WINDOW_SAMPLES <= this.received) {
      this.judge(endpointer.position + VAD_WINDOW_SAMPLES);
    }
  }

  /** Nothing more is coming for now: the open utterance is finished. */
  stall(): void {
    const { endpointer } = this.parts;
    if (endpointer.position < this.received) this.judge(this.received);
    this.take(endpointer.flush());
  }

  /** No more audio will come: `done` is said after everything else. */
  end(): void {
    this.stall();
    this.#covered.push({ type: 'end' });
    this.work();
  }

  abort(): void {
    this.#aborting.abort();
    this.#covered.length = 0;
  }

  private judge(end: number): void {
    const { detector, endpointer } = this.parts;
    const start = endpointer.position;
    const samples = this.#timeline.read(start, start + VAD_WINDOW_SAMPLES, this.#window);
    const levels = levelsOf(samples.subarray(0, end - start), start);
    this.take(endpointer.push({ start, end, isSpeech: detector.isSpeech(samples), levels }));
  }

  private take(events: readonly EndpointEvent[]): void {
    for (const event of events) {
      if (event.type === 'speech-start') this.parts.say({ type: 'speech', state: 'start', at: event.at });
      else if (event.type === 'speech-end') this.parts.say({ type: 'speech', state: 'end', at: event.at });
      else this.cover(event);
    }
  }

  private cover(event: Extract<EndpointEvent, { type: 'utterance' | 'silence' }>): void {
    if (event.type === 'silence') {
      this.#timeline.forgetBefore(event.until);
      this.#covered.push(event);
    } else {
      this.#covered.push({ ...event, samples: this.#timeline.read(event.start, event.end) });
      this.#timeline.forgetBefore(event.end);
    }
    this.work();
  }

  private work(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    void this.settle().catch((error: unknown) => {
      if (this.#aborting.signal.aborted) return;
      this.abort();
      this.parts.fail(error);
    });
  }

  private async settle(): Promise<void> {
    try {
      for (let next = this.#covered.shift(); next; next = this.#covered.shift()) {
        if (next.type === 'utterance') await this.transcribe(next);
        else if (next.type === 'silence') this.commit(next.until);
        else this.parts.say({ type: 'done', commit: this.#committed });
      }
    } finally {
      this.#isWorking = false;
      this.parts.idle();
    }
  }

  private async transcribe(utterance: Extract<Covered, { type: 'utterance' }>): Promise<void> {
    const { start, end, samples } = utterance;
    const { text, language } = await this.parts.decode(samples, this.#aborting.signal);
    this.#aborting.signal.throwIfAborted();
    if (text === '') return this.commit(end);
    this.#committed = end;
    this.#finals += 1;
    const n = this.#finals;
    this.parts.say({
      type: 'final',
      n,
      utterance: String(start),
      text,
      start,
      end,
      language,
      commit: end,
    });
  }

  private commit(position: number): void {
    this.#committed = position;
    this.parts.say({ type: 'commit', commit: position });
  }
}
