import { msToSamples } from '../../common/audio/pcm.js';
import { ParleyError } from '../../common/errors/parley-error.js';
import {
  CloseCode,
  gatewayMessageSchema,
  parseFrame,
  type WorkerMessage,
} from '../../whisper-protocol/messages.js';
import { HostLostError } from '../host/supervised-host.js';
import type { SessionFactory } from '../session/session-factory.js';
import { doFor } from '../session/session-scope.js';
import type { SessionMessage } from '../session/session-message.js';
import type { SpeechSession } from '../session/speech-session.js';
import type { VoiceActivityDetector } from '../voice-activity-detector.js';
import type { Opening } from './opening.js';
import { RateLimit } from './rate-limit.js';

/** Acks come at least this often while a session is open: they are its sign of life. */
const ACK_INTERVAL_MS = 400;
/** And after this much audio. */
const ACK_SAMPLES = msToSamples(200);
/** A session that lost its worker hears of every frame at first: until all it sent again was taken over, others may wait for it. */
const PROMPT_ACKS_MS = 2_000;
/** Frames of 2 ms at real time; a gateway sends some ten per second. */
const FRAMES_PER_SECOND = 500;
const FRAMES_BURST = 5_000;
/** Audio faster than real time is welcome up to this factor: the voice detector runs where all sockets are served. */
const MAX_SPEED = 40;
/** A session that lost its worker sends what it kept, a minute at most, at once. */
const AUDIO_BURST_MS = 90_000;

export interface LinkOutputs {
  send(message: WorkerMessage): void;
  close(code: number, reason: string): void;
  pause(): void;
  resume(): void;
  failed(error: unknown): void;
}

/** Between an accepted connection and its session: frames in, messages with their epoch out, acks, limits and draining. */
export class SessionLink {
  private readonly session: SpeechSession;
  private readonly releaseSession: () => void;
  private readonly ackTimer: NodeJS.Timeout;
  private readonly frames = new RateLimit(FRAMES_BURST, FRAMES_PER_SECOND);
  private readonly audio = new RateLimit(msToSamples(AUDIO_BURST_MS), msToSamples(MAX_SPEED * 1_000));
  private paceTimer: NodeJS.Timeout | undefined;
  private acked: number;
  private readonly promptUntil: number;
  private isDraining = false;
  private isEnding = false;
  private hasFailed = false;

  constructor(
    private readonly opening: Opening,
    detector: VoiceActivityDetector,
    factory: SessionFactory,
    private readonly maxBacklogSamples: number,
    private readonly outputs: LinkOutputs,
  ) {
    this.acked = opening.start;
    this.promptUntil = opening.epoch > 0 ? performance.now() + PROMPT_ACKS_MS : 0;
    const { session, release } = factory.create(opening, detector, {
      say: (message) => this.say(message),
      fail: (error) => this.fail(error),
      idle: () => this.afterWork(),
    });
    this.session = session;
    this.releaseSession = release;
    this.ackTimer = setInterval(() => this.do(() => this.acknowledge()), ACK_INTERVAL_MS);
  }

  receive(data: Buffer, isBinary: boolean): void {
    this.frames.take(1);
    if (this.frames.waitMs > 0) return this.outputs.close(CloseCode.tooFast, 'too many frames');
    if (isBinary) this.hear(data);
    else this.obey(data.toString());
  }

  drain(): void {
    this.isDraining = true;
    this.outputs.send({ type: 'drain', epoch: this.opening.epoch });
    // The original hub cannot send its audio again: what it said so far becomes text now.
    if (this.opening.isBare) this.session.stall();
    this.closeWhenDrained();
  }

  release(): void {
    clearInterval(this.ackTimer);
    clearTimeout(this.paceTimer);
    this.releaseSession();
  }

  private hear(pcm: Buffer): void {
    if (pcm.length % 2 !== 0)
      return this.outputs.close(CloseCode.badOptions, 'PCM frames have an even length');
    if (this.isEnding) return this.outputs.close(CloseCode.badOptions, 'no audio comes after end');
    if (pcm.length === 0) return;
    const samples = new Int16Array(new Uint8Array(pcm).buffer);
    this.audio.take(samples.length);
    this.session.write(samples);
    if (this.session.received - this.acked >= this.ackSamples) this.acknowledge();
    this.holdBack();
    this.closeWhenDrained();
  }

  private obey(frame: string): void {
    const message = parseFrame(gatewayMessageSchema, frame);
    if (!message) return this.outputs.close(CloseCode.badOptions, 'the message is not known');
    if (this.isEnding) return;
    if (message.type === 'stall') return this.session.stall();
    this.isEnding = true;
    this.session.end();
  }

  /** Reads no more while the session has too much to do, or sends faster than it may. */
  private holdBack(): void {
    if (!this.isBehind && this.audio.waitMs === 0) return;
    this.outputs.pause();
    this.goOn();
  }

  private goOn(): void {
    clearTimeout(this.paceTimer);
    // The next final or commit comes back here.
    if (this.isBehind) return;
    const { waitMs } = this.audio;
    if (waitMs > 0) this.paceTimer = setTimeout(() => this.do(() => this.goOn()), waitMs);
    else this.outputs.resume();
  }

  private get isBehind(): boolean {
    return this.session.backlogSamples > this.maxBacklogSamples;
  }

  private get ackSamples(): number {
    return performance.now() < this.promptUntil ? 1 : ACK_SAMPLES;
  }

  private acknowledge(): void {
    this.acked = this.session.received;
    this.outputs.send({ type: 'ack', epoch: this.opening.epoch, received: this.acked });
  }

  private say(message: SessionMessage): void {
    this.outputs.send({ ...message, epoch: this.opening.epoch });
    if (message.type === 'done') this.outputs.close(1000, 'done');
    else if (message.type === 'final' || message.type === 'commit') this.goOn();
  }

  /** Ends the session, and nothing else, whatever threw. */
  fail(error: unknown): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    this.outputs.failed(error);
    const isOurs = error instanceof ParleyError;
    // What ends every engine host that touches it would do the same to those of another worker.
    const retryable = isOurs ? error.retryable : !(error instanceof HostLostError);
    const code = isOurs ? error.code : 'internal';
    this.outputs.send({ type: 'error', epoch: this.opening.epoch, code, retryable });
    this.outputs.close(CloseCode.failed, 'the engine failed');
  }

  private do(act: () => void): void {
    doFor((error) => this.fail(error), act);
  }

  private afterWork(): void {
    this.goOn();
    this.closeWhenDrained();
  }

  private closeWhenDrained(): void {
    if (!this.isDraining || !this.session.isIdle || this.session.isSpeaking) return;
    this.outputs.close(CloseCode.restarting, 'restarting');
  }
}
