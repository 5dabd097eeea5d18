import { ROOT_CONTEXT, SpanKind, type Context, type Span } from '@opentelemetry/api';
import type { Logger } from 'pino';
import type { RawData, WebSocket } from 'ws';
import { msToSamples } from '../../common/audio/pcm.js';
import { ParleyError } from '../../common/errors/parley-error.js';
import { beginSpan, endSpan, inTrace, traceOf } from '../../common/tracing/spans.js';
import { CloseCode, gatewayMessageSchema, parseFrame } from '../../whisper-protocol/messages.js';
import { HostLostError } from '../host/supervised-host.js';
import type { WorkerMetrics } from '../metrics/worker-metrics.js';
import type { PreparedSession, SessionFactory } from '../session/session-factory.js';
import type { SessionMessage } from '../session/session-message.js';
import { doFor } from '../session/session-scope.js';
import type { SpeechSession } from '../session/speech-session.js';
import { closeReason } from './close-reason.js';
import { admit, type Door, type SessionHello } from './hello.js';
import { RateLimit } from './rate-limit.js';
import { ReadThrottle } from './read-throttle.js';

/** Acks come at least this often while a session is open: they are its sign of life. */
const ACK_INTERVAL_MS = 400;
/** And after this much audio. */
const ACK_SAMPLES = msToSamples(200);
/** A session that lost its worker gets an ack for every frame at first: others may wait until its audio was taken over. */
const PROMPT_ACKS_MS = 2_000;
/** A gateway sends some ten frames per second. 500 are frames of 2 ms in real time. */
const FRAMES_PER_SECOND = 500;
const FRAMES_BURST = 5_000;
/** A gateway pings every two seconds. Each ping costs an answer. */
const PINGS_PER_SECOND = 5;
const PINGS_BURST = 50;
/** Interims are left out for a gateway that leaves this share of `maxUnreadBytes` unread. */
const INTERIM_SHARE = 1 / 8;

export interface ConnectionParts extends Door {
  worker: string;
  helloTimeoutMs: number;
  /** Samples that may be sent beyond the last ack. */
  windowSamples: number;
  /** Undecided audio above which nothing more is read from the socket. */
  maxBacklogSamples: number;
  /** Messages that wait because the gateway does not read. Beyond it the connection is cut. */
  maxUnreadBytes: number;
  factory: SessionFactory;
  metrics: WorkerMetrics;
  logger: Logger;
}

interface Frame {
  data: Buffer;
  isBinary: boolean;
}

interface OpenState {
  /** `draining`: closes at the next pause. `ending`: no more audio comes, `done` closes it. */
  name: 'open' | 'draining' | 'ending';
  hello: SessionHello;
  leave: () => void;
  session: SpeechSession;
  release: () => void;
  throttle: ReadThrottle;
  ackTimer: NodeJS.Timeout;
}

type State =
  /** Waits for the hello. */
  | { name: 'greeting'; timer: NodeJS.Timeout }
  /** Admitted; the engine loads what the session needs. Frames that come meanwhile are few: the socket is paused. */
  | { name: 'preparing'; hello: SessionHello; leave: () => void; early: Frame[] }
  | OpenState
  | { name: 'closed' };

/** One gateway's WebSocket and its session: hello, frames in, messages out, acks, limits, draining, until either side closes. */
export class Connection {
  private state: State;
  private readonly frames = new RateLimit(FRAMES_BURST, FRAMES_PER_SECOND);
  private readonly pings = new RateLimit(PINGS_BURST, PINGS_PER_SECOND);
  private acked = 0;
  private promptUntil = 0;
  /** After the hello its entries say whose session it is. */
  private logger: Logger;
  /** From the hello to the end of the connection. */
  private span: Span | undefined;
  private trace: Context | undefined;

  constructor(
    private readonly socket: WebSocket,
    private readonly parts: ConnectionParts,
  ) {
    this.logger = parts.logger;
    const onLate = (): void => this.refuse(CloseCode.badOptions, 'hello expected');
    this.state = { name: 'greeting', timer: setTimeout(() => this.do(onLate), parts.helloTimeoutMs) };
    socket.on('message', (data: RawData, isBinary: boolean) =>
      this.do(() => this.onFrame({ data: data as Buffer, isBinary })),
    );
    socket.on('ping', () => this.do(() => this.onPing()));
    socket.once('close', () => this.do(() => this.dispose()));
    // A protocol error (frame too large, bad UTF-8) is followed by 'close'.
    socket.on('error', (error) => this.logger.debug({ err: error }, 'Connection failed'));
  }

  /** It is not admitted yet, or not any more. */
  get isStranger(): boolean {
    return this.state.name === 'greeting' || this.socket.readyState !== this.socket.OPEN;
  }

  /** Lets the open utterance end and closes with `restarting`, so that the gateway goes elsewhere. */
  drain(): void {
    this.do(() => {
      const state = this.state;
      if (!isOpen(state)) return this.close(CloseCode.restarting, 'restarting');
      if (state.name === 'open') this.state = { ...state, name: 'draining' };
      this.send({ type: 'drain' });
      // The original hub cannot send its audio again: what was said so far becomes text now.
      if (state.hello.isBare && state.name === 'open') state.session.stall();
      this.closeWhenDrained();
    });
  }

  terminate(): void {
    this.socket.terminate();
  }

  private do(act: () => void): void {
    inTrace(this.trace, () => doFor((error) => this.fail(error), act));
  }

  private onFrame(frame: Frame): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    const { data, isBinary } = frame;
    const state = this.state;
    if (state.name === 'closed') return;
    if (state.name === 'preparing') return void state.early.push(frame);
    if (state.name === 'greeting') {
      if (isBinary) return this.refuse(CloseCode.badOptions, 'a hello comes first');
      clearTimeout(state.timer);
      return void this.onHello(data.toString()).catch((error: unknown) => this.fail(error));
    }
    this.frames.spend(1);
    if (this.frames.waitMs > 0) return this.close(CloseCode.tooFast, 'too many frames');
    if (isBinary) this.onPcm(state, data);
    else this.onMessage(state, data.toString());
  }

  private async onHello(frame: string): Promise<void> {
    try {
      const { hello, leave } = admit(frame, this.parts);
      const { sessionId, requestId } = hello;
      this.logger = this.parts.logger.child({ sessionId, requestId });
      this.beginTrace(hello);
      const preparing: State = { name: 'preparing', hello, leave, early: [] };
      this.state = preparing;
      this.socket.pause();
      const prepared = await inTrace(this.trace, () => this.parts.factory.prepare(hello));
      const isWanted = this.state === preparing && this.socket.readyState === this.socket.OPEN;
      if (isWanted) inTrace(this.trace, () => this.open(preparing, prepared));
      else this.parts.factory.release(prepared);
    } catch (error) {
      const { code, reason } = closeReason(error);
      if (code === CloseCode.failed) this.logger.error({ err: error }, 'The engine could not be made ready');
      this.refuse(code, reason);
    }
  }

  private beginTrace({ sessionId, epoch, parent }: SessionHello): void {
    this.span = beginSpan('worker session', {
      kind: SpanKind.SERVER,
      attributes: { 'parley.session.id': sessionId, 'parley.session.epoch': epoch },
      parent: parent ?? ROOT_CONTEXT,
    });
    this.trace = traceOf(this.span);
  }

  private open(
    { hello, leave, early }: Extract<State, { name: 'preparing' }>,
    prepared: PreparedSession,
  ): void {
    const { worker, windowSamples, factory } = this.parts;
    const { epoch, start } = hello;
    const { session, release } = factory.create({ ...hello, trace: this.trace }, prepared, {
      send: (message) => this.onSessionMessage(message),
      fail: (error) => this.fail(error),
      idle: () => this.onIdle(),
    });
    const ackTimer = setInterval(() => this.do(() => this.acknowledge()), ACK_INTERVAL_MS);
    this.acked = start;
    this.promptUntil = epoch > 0 ? performance.now() + PROMPT_ACKS_MS : 0;
    const throttle = new ReadThrottle(
      this.socket,
      () => session.backlogSamples > this.parts.maxBacklogSamples,
    );
    this.state = { name: 'open', hello, leave, session, release, throttle, ackTimer };
    const { model } = prepared.lease.engine;
    this.send({ type: 'ready', worker, model, window: windowSamples });
    this.logger.info({ epoch, start }, 'Session opened');
    this.socket.resume();
    for (const frame of early) this.onFrame(frame);
  }

  private onPcm(state: OpenState, pcm: Buffer): void {
    if (pcm.length % 2 !== 0) return this.close(CloseCode.badOptions, 'PCM frames have an even length');
    if (state.name === 'ending') return this.close(CloseCode.badOptions, 'no audio comes after end');
    if (pcm.length === 0) return;
    const samples = new Int16Array(new Uint8Array(pcm).buffer);
    state.session.write(samples);
    const leastSamples = performance.now() < this.promptUntil ? 1 : ACK_SAMPLES;
    if (state.session.received - this.acked >= leastSamples) this.acknowledge();
    // The session may have failed on it.
    if (isOpen(this.state)) state.throttle.onAudio(samples.length);
    this.closeWhenDrained();
  }

  private onMessage(state: OpenState, frame: string): void {
    const message = parseFrame(gatewayMessageSchema, frame);
    if (!message) return this.close(CloseCode.badOptions, 'the message is not known');
    if (state.name === 'ending') return;
    if (message.type === 'stall') return state.session.stall();
    this.state = { ...state, name: 'ending' };
    state.session.end();
  }

  private onPing(): void {
    this.pings.spend(1);
    if (this.pings.waitMs > 0) this.refuse(CloseCode.tooFast, 'too many pings');
    else if (this.socket.bufferedAmount > this.parts.maxUnreadBytes) this.cutOff();
  }

  private onSessionMessage(message: SessionMessage): void {
    this.send(message);
    if (message.type === 'done') this.close(1000, 'done');
    else if (message.type === 'final' || message.type === 'commit') this.readOn();
  }

  private onIdle(): void {
    this.readOn();
    this.closeWhenDrained();
  }

  private readOn(): void {
    if (isOpen(this.state)) this.state.throttle.update();
  }

  private acknowledge(): void {
    if (!isOpen(this.state)) return;
    this.acked = this.state.session.received;
    this.send({ type: 'ack', received: this.acked });
  }

  private closeWhenDrained(): void {
    if (this.state.name !== 'draining') return;
    const { isIdle, isSpeaking } = this.state.session;
    if (isIdle && !isSpeaking) this.close(CloseCode.restarting, 'restarting');
  }

  private send(message: SessionMessage): void {
    if (!isOpen(this.state) || this.socket.readyState !== this.socket.OPEN) return;
    const { epoch, isBare } = this.state.hello;
    const unread = this.socket.bufferedAmount;
    if (unread > this.parts.maxUnreadBytes) return this.cutOff();
    // The next interim holds all of this one.
    if (message.type === 'interim' && unread > this.parts.maxUnreadBytes * INTERIM_SHARE) return;
    if (!isBare) this.socket.send(JSON.stringify({ ...message, epoch }));
    else if (message.type === 'final') this.socket.send(message.text);
  }

  private cutOff(): void {
    this.logger.warn('The gateway does not read and is cut off');
    this.socket.terminate();
    this.dispose();
  }

  private endTrace(failure?: unknown): void {
    if (this.span) endSpan(this.span, failure);
  }

  /** An error that nobody caught, or a failed engine, ends this session and no other one. */
  private fail(error: unknown): void {
    if (!isOpen(this.state)) {
      this.logger.error({ err: error }, 'Connection failed');
      return this.refuse(CloseCode.failed, 'the session failed');
    }
    this.parts.metrics.failed();
    this.endTrace(error);
    this.logger.error({ err: error }, 'Session failed');
    const isOurs = error instanceof ParleyError;
    // Audio that ends every engine host would end those of another worker too.
    const retryable = isOurs ? error.retryable : !(error instanceof HostLostError);
    this.send({ type: 'error', code: isOurs ? error.code : 'internal', retryable });
    this.close(CloseCode.failed, 'the engine failed');
  }

  private refuse(code: number, reason: string): void {
    if (this.state.name === 'closed') return;
    this.parts.metrics.refused(code);
    this.close(code, reason);
  }

  private close(code: number, reason: string): void {
    // A paused socket would never see the other side's answer.
    if (this.socket.isPaused) this.socket.resume();
    this.socket.close(code, reason);
    this.dispose();
  }

  private dispose(): void {
    const state = this.state;
    this.state = { name: 'closed' };
    this.endTrace();
    if (state.name === 'greeting') clearTimeout(state.timer);
    if ('leave' in state) state.leave();
    if (!isOpen(state)) return;
    clearInterval(state.ackTimer);
    state.throttle.stop();
    state.release();
  }
}

function isOpen(state: State): state is OpenState {
  return state.name === 'open' || state.name === 'draining' || state.name === 'ending';
}
