import type { DecodedUtterance } from '../engine.js';
import type { Endpointer, EndpointEvent } from '../endpointing/endpointer.js';
import type { PauseJudge, PauseVerdict } from '../endpointing/pause-judge.js';
import { levelsOf } from '../endpointing/quietest-point.js';
import { InterimCaptions, type InterimSettings } from '../interim/interim-captions.js';
import type { WorkerMetrics } from '../metrics/worker-metrics.js';
import { VAD_WINDOW_SAMPLES, type VoiceActivityDetector } from '../voice-activity-detector.js';
import { DcBlocker } from './dc-blocker.js';
import { PcmTimeline } from './pcm-timeline.js';
import { FinalCommitter, type Covered } from './final-committer.js';
import type { SessionDecoder } from './session-decoder.js';
import type { SessionMessage } from './session-message.js';
import { SentenceFlow } from './sentence-flow.js';
import { Speculation, type Heard, type PausedSpan } from './speculation.js';

export interface SpeechSessionParts {
  detector: VoiceActivityDetector;
  endpointer: Endpointer;
  /** What a pause means, and the silence in samples that ends an utterance then. */
  pauses: {
    judge: PauseJudge;
    silenceSamples: Readonly<Record<PauseVerdict, number>>;
    /** A whole sentence of at most so many samples has to be heard twice; 0: once is enough. */
    twiceUpToSamples: number;
  };
  decoder: SessionDecoder;
  metrics: WorkerMetrics;
  /** Undefined: this session wants no interims. */
  interims: InterimSettings | undefined;
  send(message: SessionMessage): void;
  /** The session cannot go on. Called at most once. */
  fail(error: unknown): void;
  /** All audio that was classified is in messages that were sent. */
  idle(): void;
}

/** All audio before a position is to be covered. */
interface Mark {
  at: number;
  isEnd: boolean;
}

/**
 * One session: audio in, messages out. What it says follows from the audio and the texts alone: where the text decides whether a pause
 * ends the utterance, the audio behind the pause waits for it.
 */
export class SpeechSession {
  private readonly timeline: PcmTimeline;
  private readonly dcBlocker = new DcBlocker();
  private readonly window = new Float32Array(VAD_WINDOW_SAMPLES);
  private readonly aborting = new AbortController();
  private readonly speculation: Speculation;
  private readonly interims: InterimCaptions | undefined;
  private readonly committer: FinalCommitter;
  private readonly flow = new SentenceFlow();
  /** Not reached yet, in order. */
  private readonly marks: Mark[] = [];
  /** The pause that is going on, until it is judged. */
  private pause: { span: PausedSpan; isDecoding: boolean } | undefined;

  constructor(private readonly parts: SpeechSessionParts) {
    const { endpointer, decoder, metrics, interims, pauses } = parts;
    this.timeline = new PcmTimeline(endpointer.position);
    this.speculation = new Speculation(
      decoder,
      metrics,
      pauses.twiceUpToSamples,
      interims && this.aborting.signal,
    );
    this.interims =
      interims &&
      new InterimCaptions(interims, {
        decoder,
        metrics,
        flow: this.flow,
        // An utterance that grows too long ends anywhere behind these: what is heard there may belong to the next one.
        surestSamples: endpointer.leastCutSamples,
        onInterim: (interim) => parts.send({ type: 'interim', ...interim }),
      });
    this.committer = new FinalCommitter(endpointer.position, this.aborting.signal, {
      decoder,
      metrics,
      flow: this.flow,
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
    this.advance();
    this.caption();
  }

  /** Nothing more is coming for now: the open utterance is finished. */
  stall(): void {
    this.marks.push({ at: this.received, isEnd: false });
    this.advance();
  }

  /** No more audio will come: `done` is the last message. */
  end(): void {
    this.marks.push({ at: this.received, isEnd: true });
    this.advance();
  }

  abort(): void {
    this.speculation.drop();
    this.aborting.abort();
    this.committer.clear();
  }

  /** Goes through the audio, up to a pause that has to be judged first. */
  private advance(): void {
    while (!this.isWaiting() && this.step());
  }

  private isWaiting(): boolean {
    const { pause } = this;
    if (!pause || !this.parts.endpointer.isUndecided) return false;
    if (!pause.isDecoding) this.decide(pause, this.speculation.insist(pause.span));
    return true;
  }

  /** @returns false when there is nothing more to do */
  private step(): boolean {
    const { endpointer } = this.parts;
    const mark = this.marks[0];
    const end = mark?.at ?? this.received;
    if (endpointer.position + VAD_WINDOW_SAMPLES <= end) {
      this.classify(endpointer.position + VAD_WINDOW_SAMPLES);
      return true;
    }
    if (!mark) return false;
    this.marks.shift();
    if (endpointer.position < end) this.classify(end);
    this.handle(endpointer.flush());
    if (mark.isEnd) this.committer.push({ type: 'end' });
    return true;
  }

  private classify(end: number): void {
    const { detector, endpointer } = this.parts;
    const start = endpointer.position;
    const samples = this.timeline.read(start, start + VAD_WINDOW_SAMPLES, this.window);
    // Audio behind a mark is not heard yet.
    samples.fill(0, end - start);
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
        return this.begin({
          ...event,
          samples: this.timeline.read(event.start, event.end),
        });
      case 'resume':
        this.pause = undefined;
        return this.speculation.drop();
      case 'silence':
        this.timeline.forgetBefore(event.until);
        return this.committer.push(event);
      case 'utterance':
        this.pause = undefined;
        this.committer.push(this.utterance(event.start, event.end));
        this.timeline.forgetBefore(event.end);
    }
  }

  private begin(span: PausedSpan): void {
    const pause = { span, isDecoding: false };
    this.pause = pause;
    const heard = this.speculation.begin(span);
    if (heard) this.decide(pause, heard);
  }

  /** Decides how long the pause may last, by what was heard before it. */
  private decide(pause: NonNullable<typeof this.pause>, heard: Heard): void {
    pause.isDecoding = true;
    void this.judgePause(pause.span, heard).then((verdict) => {
      if (this.pause !== pause || this.aborting.signal.aborted) return;
      this.pause = undefined;
      const { endpointer, pauses } = this.parts;
      this.handle(endpointer.decide(pauses.silenceSamples[verdict]));
      this.advance();
      this.caption();
    });
  }

  private async judgePause(span: PausedSpan, heard: Heard): Promise<PauseVerdict> {
    const decoded = await heard;
    // Whether a sentence goes on here is known when the utterance before has its text.
    await this.committer.settled;
    const verdict =
      this.pause?.span === span
        ? await this.parts.pauses.judge.judge({
            text: decoded?.text,
            isContinuing: this.flow.isContinuing,
            samples: span.samples,
            hearAgain: async () => (await this.speculation.again(span))?.text,
          })
        : 'unknown';
    const endsHere = this.pause?.span === span && verdict === 'complete';
    if (decoded && !endsHere) this.showHeard(span, decoded);
    return verdict;
  }

  /** What was heard up to a pause is a caption, unless it is the final already. */
  private showHeard({ start, end }: PausedSpan, decoded: DecodedUtterance): void {
    if (this.aborting.signal.aborted || this.parts.endpointer.openStart !== start) return;
    this.interims?.pause(start, end, decoded);
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
