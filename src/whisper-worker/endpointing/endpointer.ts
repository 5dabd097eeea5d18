import { quietestPoint, type Level } from './quietest-point.js';

/** All lengths in samples at 16 kHz. */
export interface EndpointingOptions {
  /** Audio kept before detected speech: the detector is late, and soft beginnings are below its threshold. */
  preRollSamples: number;
  /** No pause that is shorter than this ends an utterance. */
  leastSilenceSamples: number;
  /** A pause of this length ends an utterance, whatever was decided. */
  mostSilenceSamples: number;
  /** Silence kept behind speech, so that no ending is cut. */
  tailSamples: number;
  /** Less speech than this is a click. */
  minSpeechSamples: number;
  /** Utterances are cut at their best pause before they grow longer. */
  maxUtteranceSamples: number;
}

/** One stretch of audio, classified by the detector. Windows come in order and without gaps. */
export interface ClassifiedWindow {
  start: number;
  end: number;
  isSpeech: boolean;
  /** Loudness of short stretches inside the window. */
  levels: readonly Level[];
}

export type EndpointEvent =
  | { type: 'speech-start'; at: number }
  | { type: 'speech-end'; at: number }
  /** Speech has paused. Unless it goes on, the utterance will be exactly this span. Answer with `decide`. */
  | { type: 'pause'; start: number; end: number; speechEnd: number }
  /** Speech went on after a pause. */
  | { type: 'resume' }
  /** These samples hold speech and are to be decoded. Spans follow one another without overlap. */
  | { type: 'utterance'; start: number; end: number }
  /** Everything before `until` that is in no utterance is silence, and no later utterance will reach back behind it. */
  | { type: 'silence'; until: number };

/** Silence is reported in steps, so that a quiet room costs no message per window. */
const SILENCE_STEP_SAMPLES = 8_000;

interface OpenUtterance {
  start: number;
  /** Start of the first window with speech. */
  onset: number;
  speechEnd: number;
  speechSamples: number;
  isConfirmed: boolean;
  /** Of the pause that is going on, if there is one: the silence that ends the utterance is decided while it lasts. */
  pause: { silenceSamples: number | undefined } | undefined;
  levels: Level[];
}

/**
 * Cuts a stream of classified windows into utterances and silence. Pure: positions in, spans out. Every sample is covered by
 * exactly one utterance or silence, in order.
 */
export class Endpointer {
  private covered: number;
  private _position: number;
  private open: OpenUtterance | undefined;

  constructor(
    private readonly options: EndpointingOptions,
    start: number,
  ) {
    this.covered = start;
    this._position = start;
  }

  /** Where the next window has to start. */
  get position(): number {
    return this._position;
  }

  /** An utterance that grows too long is cut behind at least so many samples. */
  get leastCutSamples(): number {
    return this.options.maxUtteranceSamples / 2;
  }

  /** Whether there is an utterance, or what may become one. */
  get isOpen(): boolean {
    return this.open !== undefined;
  }

  /** Where it begins. */
  get openStart(): number | undefined {
    return this.open?.start;
  }

  /** The utterance in which somebody is speaking now, up to here; undefined as soon as they are silent. */
  get speaking(): { start: number; end: number } | undefined {
    const { open, position: end } = this;
    return open?.isConfirmed && open.speechEnd === end ? { start: open.start, end } : undefined;
  }

  /** Whether the next window has to wait for `decide`: the pause may have ended the utterance by now. */
  get isUndecided(): boolean {
    const { open } = this;
    if (!open?.pause || open.pause.silenceSamples !== undefined) return false;
    return this._position - open.speechEnd >= this.options.leastSilenceSamples;
  }

  /** The silence that ends the utterance if the pause that is going on lasts so long. */
  decide(silenceSamples: number): EndpointEvent[] {
    const { open, options } = this;
    if (!open?.pause) return [];
    const { leastSilenceSamples, mostSilenceSamples } = options;
    open.pause.silenceSamples = Math.max(leastSilenceSamples, Math.min(silenceSamples, mostSilenceSamples));
    return this.isOver(open) ? this.finish(open) : [];
  }

  write(window: ClassifiedWindow): EndpointEvent[] {
    this._position = window.end;
    if (!this.open && window.isSpeech) this.open = this.beginAt(window.start);
    return this.open ? this.extend(this.open, window) : this.coverSilence();
  }

  /** No audio comes for now. The open utterance ends here, and everything up to here is covered. */
  flush(): EndpointEvent[] {
    const open = this.open;
    this.open = undefined;
    // Even too little speech for an utterance is decoded here: it may be the beginning of a word that was cut off.
    if (open) return this.close(open, this._position);
    return this.coverSilenceUntil(this._position);
  }

  private beginAt(onset: number): OpenUtterance {
    return {
      start: Math.max(this.covered, onset - this.options.preRollSamples),
      onset,
      speechEnd: onset,
      speechSamples: 0,
      isConfirmed: false,
      pause: undefined,
      levels: [],
    };
  }

  private extend(open: OpenUtterance, window: ClassifiedWindow): EndpointEvent[] {
    const events: EndpointEvent[] = [];
    open.levels.push(...window.levels);
    if (window.isSpeech) {
      open.speechEnd = window.end;
      open.speechSamples += window.end - window.start;
      if (open.pause) events.push({ type: 'resume' });
      open.pause = undefined;
    }
    if (!open.isConfirmed && open.speechSamples >= this.options.minSpeechSamples) {
      open.isConfirmed = true;
      events.push({ type: 'speech-start', at: open.onset });
    }
    if (this.isOver(open)) events.push(...this.finish(open));
    else if (window.end - open.start >= this.options.maxUtteranceSamples) events.push(...this.cut(open));
    else if (this.pausesAt(open, window.end)) {
      open.pause = { silenceSamples: undefined };
      const { start, speechEnd } = open;
      events.push({ type: 'pause', start, end: speechEnd + this.options.tailSamples, speechEnd });
    }
    return events;
  }

  private isOver({ speechEnd, isConfirmed, pause }: OpenUtterance): boolean {
    const { leastSilenceSamples, mostSilenceSamples } = this.options;
    const limit = isConfirmed ? (pause?.silenceSamples ?? mostSilenceSamples) : leastSilenceSamples;
    return this._position - speechEnd >= limit;
  }

  private finish(open: OpenUtterance): EndpointEvent[] {
    this.open = undefined;
    return open.isConfirmed ? this.closeAfterSpeech(open) : this.coverSilence();
  }

  private pausesAt({ isConfirmed, pause, speechEnd }: OpenUtterance, position: number): boolean {
    return isConfirmed && !pause && position - speechEnd >= this.options.tailSamples;
  }

  private closeAfterSpeech(open: OpenUtterance): EndpointEvent[] {
    return this.close(open, Math.min(open.speechEnd + this.options.tailSamples, this._position));
  }

  private close(open: OpenUtterance, end: number): EndpointEvent[] {
    const silence = this.coverSilenceUntil(open.start);
    this.covered = end;
    return [
      ...silence,
      ...(open.isConfirmed ? [{ type: 'speech-end', at: open.speechEnd } as const] : []),
      { type: 'utterance', start: open.start, end },
    ];
  }

  /** The utterance is as long as it may be: it ends at its best pause, and what follows is open from there. */
  private cut(open: OpenUtterance): EndpointEvent[] {
    const at = quietestPoint(open.levels, open.start + this.leastCutSamples) ?? this._position;
    if (open.speechEnd <= at) {
      this.open = undefined;
      return this.close(open, at);
    }
    const silence = this.coverSilenceUntil(open.start);
    this.covered = at;
    this.open = { ...open, start: at, levels: open.levels.filter(({ position }) => position >= at) };
    return [...silence, { type: 'utterance', start: open.start, end: at }];
  }

  private coverSilence(): EndpointEvent[] {
    const until = this._position - this.options.preRollSamples;
    return until - this.covered >= SILENCE_STEP_SAMPLES ? this.coverSilenceUntil(until) : [];
  }

  private coverSilenceUntil(until: number): EndpointEvent[] {
    if (until <= this.covered) return [];
    this.covered = until;
    return [{ type: 'silence', until }];
  }
}
