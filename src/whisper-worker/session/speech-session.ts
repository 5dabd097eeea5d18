import type { Endpointer, EndpointEvent } from '../endpointing/endpointer.js';
import { levelsOf } from '../endpointing/quietest-point.js';
import { InterimCaptions } from '../interim/interim-captions.js';
import type { WorkerMetrics } from '../metrics/worker-metrics.js';
import { VAD_WINDOW_SAMPLES, type VoiceActivityDetector } from '../voice-activity-detector.js';
import { DcBlocker } from './dc-blocker.js';
import { PcmTimeline } from './pcm-timeline.js';
import { FinalCommitter, type Covered } from './final-committer.js';
import type { SessionDecoder } from './session-decoder.js';
import type { SessionMessage } from './session-message.js';
import { Speculation } from './speculation.js';

export interface SpeechSessionParts {
  detector: VoiceActivityDetector;
  endpointer: Endpointer;
  decoder: SessionDecoder;
  metrics: WorkerMetrics;
  /** Undefined for a session without interims. */
  interimMs: number | undefined;
  send(message: SessionMessage): void;
  /** The session cannot go on. Called at most once. */
  fail(error: unknown): void;
  /** All audio that was classified is in messages that were sent. */
  idle(): void;
}

/** One session: audio in, messages out. */
export class SpeechSession {
  private readonly timeline: PcmTimeline;
  private readonly dcBlocker = new DcBlocker();
  private readonly window = new Float32Array(VAD_WINDOW_SAMPLES);
  private readonly aborting = new AbortController();
  private readonly speculation: Speculation;
  private readonly interims: InterimCaptions | undefined;
  private readonly committer: FinalCommitter;

  constructor(private readonly parts: SpeechSessionParts) {
    const { endpointer, decoder, metrics, interimMs } = parts;
    this.timeline = new PcmTimeline(endpointer.position);
    this.speculation = new Speculation(decoder, metrics);
    this.interims =
      interimMs === undefined
        ? undefined
        : new InterimCaptions(decoder, metrics, interimMs, endpointer.leastCutSamples, (interim) =>
            parts.send({ type: 'interim', ...interim }),
          );
    this.committer = new FinalCommitter(endpointer.position, this.aborting.signal, {
      decoder,
      metrics,
      send: (message) => parts.send(message),
      fail: (error) => {
        this.abort();
        parts.fail(error);
      },
      idle: () => parts.idle(),
    });
  }

  /** Position behind the last sample written. */
  get received(): number {
    return this.timeline.end;
  }

  /** Samples that are neither in a final nor silent. */
  get backlogSamples(): number {
    return this.received - this.committer.committed;
  }

  /** Whether an utterance, or what may become one, is open. */
  get isSpeaking(): boolean {
    return this.parts.endpointer.isOpen;
  }

  get isIdle(): boolean {
    return this.committer.isIdle;
  }

  write(samples: Int16Array): void {
    this.timeline.append(this.dcBlocker.apply(samples));
    this.parts.decoder.countReceived(samples.length);
    const { endpointer } = this.parts;
    while (endpointer.position + VAD_WINDOW_SAMPLES <= this.received) {
      this.classify(endpointer.position + VAD_WINDOW_SAMPLES);
    }
    this.caption();
  }

  /** Nothing more is coming for now: the open utterance is finished. */
  stall(): void {
    const { endpointer } = this.parts;
    if (endpointer.position < this.received) this.classify(this.received);
    this.handle(endpointer.flush());
  }

  /** No more audio will come: `done` is the last message. */
  end(): void {
    this.stall();
    this.committer.push({ type: 'end' });
  }

  abort(): void {
    this.speculation.drop();
    this.aborting.abort();
    this.committer.clear();
  }

  private classify(end: number): void {
    const { detector, endpointer } = this.parts;
    const start = endpointer.position;
    const samples = this.timeline.read(start, start + VAD_WINDOW_SAMPLES, this.window);
    const levels = levelsOf(samples.subarray(0, end - start), start);
    this.handle(endpointer.write({ start, end, isSpeech: detector.isSpeech(samples), levels }));
  }

  private handle(events: readonly EndpointEvent[]): void {
    for (const event of events) this.onEndpoint(event);
  }

  private onEndpoint(event: EndpointEvent): void {
    switch (event.type) {
      case 'speech-start':
        return this.parts.send({ type: 'speech', state: 'start', at: event.at });
      case 'speech-end':
        return this.parts.send({ type: 'speech', state: 'end', at: event.at });
      case 'pause':
        return this.speculation.begin(event.start, event.end, this.timeline.read(event.start, event.end));
      case 'resume':
        return this.speculation.drop();
      case 'silence':
        this.timeline.forgetBefore(event.until);
        return this.committer.push(event);
      case 'utterance':
        this.committer.push(this.utterance(event.start, event.end));
        this.timeline.forgetBefore(event.end);
    }
  }

  private utterance(start: number, end: number): Covered {
    const guess = this.speculation.claim(start, end);
    const interims = this.interims;
    return {
      type: 'utterance',
      start,
      end,
      samples: this.timeline.read(start, end),
      endedAt: performance.now(),
      ...(guess && { guess }),
      ...(interims && { finalText: (heard: string) => interims.end(heard) }),
    };
  }

  private caption(): void {
    const speaking = this.parts.endpointer.speaking;
    if (!this.interims || !speaking || !this.isIdle) return;
    const { start, end } = speaking;
    this.interims.grow(start, end, () => this.timeline.read(start, end), this.aborting.signal);
  }
}
