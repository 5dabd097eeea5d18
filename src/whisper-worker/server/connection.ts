import type { Logger } from 'pino';
import type { RawData, WebSocket } from 'ws';
import { ParleyError } from '../../common/errors/parley-error.js';
import { CloseCode, type WorkerMessage } from '../../whisper-protocol/messages.js';
import type { WorkerMetrics } from '../metrics/worker-metrics.js';
import { doFor } from '../session/session-scope.js';
import type { SessionFactory } from '../session/session-factory.js';
import type { VoiceActivityDetector } from '../voice-activity-detector.js';
import { readOpening, type Opening } from './opening.js';
import type { SessionPlaces } from './session-places.js';
import type { SharedToken } from './shared-token.js';
import { RateLimit } from './rate-limit.js';
import { SessionLink } from './session-link.js';

/** A gateway pings every two seconds; each ping costs an answer. */
const PINGS_BURST = 50;
const PINGS_PER_SECOND = 5;
/** Captions are left out for a gateway that has this share of what it may leave unread still to read. */
const CAPTION_SHARE = 1 / 8;
/** A close frame has room for 123 bytes; what a cut character becomes takes up to three. */
const MAX_REASON_BYTES = 120;

export interface ConnectionParts {
  worker: string;
  model: string;
  helloTimeoutMs: number;
  /** Samples that may be sent beyond the last ack. */
  windowSamples: number;
  /** Undecided audio above which nothing more is read from the socket. */
  maxBacklogSamples: number;
  /** Messages that wait because the gateway does not read: beyond it the connection is cut. */
  maxUnreadBytes: number;
  token: SharedToken;
  places: SessionPlaces;
  factory: SessionFactory;
  metrics: WorkerMetrics;
  logger: Logger;
}

/** One gateway's WebSocket: checks the opening, then hands the frames to the session until either side closes. */
export class Connection {
  private readonly early: { data: Buffer; isBinary: boolean }[] = [];
  private readonly helloTimer: NodeJS.Timeout;
  private opening: Opening | undefined;
  private link: SessionLink | undefined;
  private leave: (() => void) | undefined;
  private isDraining = false;
  private readonly pings = new RateLimit(PINGS_BURST, PINGS_PER_SECOND);

  constructor(
    private readonly socket: WebSocket,
    private readonly parts: ConnectionParts,
  ) {
    this.helloTimer = setTimeout(
      () => this.do(() => this.refuse(CloseCode.badOptions, 'hello expected')),
      parts.helloTimeoutMs,
    );
    socket.on('message', (data: RawData, isBinary: boolean) =>
      this.do(() => this.receive(data as Buffer, isBinary)),
    );
    socket.on('ping', () => this.do(() => this.limitPings()));
    socket.once('close', () => this.do(() => this.dispose()));
    // A protocol error (frame too large, bad UTF-8) is followed by 'close'.
    socket.on('error', (error) => parts.logger.debug({ err: error }, 'Connection failed'));
  }

  /** It has not been let in, or not any more. */
  get isStranger(): boolean {
    return this.opening === undefined || this.socket.readyState !== this.socket.OPEN;
  }

  /** Lets the open utterance end and closes with `restarting`, so that the gateway goes elsewhere. */
  drain(): void {
    this.isDraining = true;
    this.do(() => {
      if (this.link) this.link.drain();
      else this.close(CloseCode.restarting, 'restarting');
    });
  }

  terminate(): void {
    this.socket.terminate();
  }

  private do(act: () => void): void {
    doFor((error) => this.fail(error), act);
  }

  /** Something threw that should not: it costs this connection, and nobody else's. */
  private fail(error: unknown): void {
    if (this.link) return this.link.fail(error);
    this.parts.logger.error({ err: error }, 'Connection failed');
    this.refuse(CloseCode.failed, 'the session failed');
  }

  private receive(data: Buffer, isBinary: boolean): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (this.link) this.link.receive(data, isBinary);
    // The original hub sends audio right behind its token. The socket is paused, so these are few.
    else if (this.opening) this.early.push({ data, isBinary });
    else if (isBinary) this.refuse(CloseCode.badOptions, 'a hello comes first');
    else this.open(data.toString()).catch((error: unknown) => this.fail(error));
  }

  private async open(frame: string): Promise<void> {
    clearTimeout(this.helloTimer);
    const opening = this.read(frame);
    if (!opening) return;
    if (!this.parts.token.accepts(opening.token)) {
      return this.refuse(CloseCode.badToken, 'the token is not accepted');
    }
    const place = this.parts.places.take(opening.epoch > 0);
    if (typeof place !== 'function') return this.refuse(CloseCode.full, `retryAfterMs=${place.retryAfterMs}`);
    this.opening = opening;
    this.leave = place;
    this.socket.pause();
    try {
      const detector = await this.parts.factory.prepare(opening);
      const isWanted = this.socket.readyState === this.socket.OPEN && !this.isDraining;
      if (isWanted) this.start(opening, detector);
      else this.parts.factory.giveBack(detector);
    } catch (error) {
      this.refuseOptions(error);
    }
  }

  private read(frame: string): Opening | undefined {
    try {
      return readOpening(frame);
    } catch (error) {
      this.refuseOptions(error);
      return undefined;
    }
  }

  private start(opening: Opening, detector: VoiceActivityDetector): void {
    const { worker, model, windowSamples, maxBacklogSamples, factory, logger } = this.parts;
    this.link = new SessionLink(opening, detector, factory, maxBacklogSamples, {
      send: (message) => this.send(opening, message),
      close: (code, reason) => this.close(code, reason),
      pause: () => this.socket.pause(),
      resume: () => this.socket.isPaused && this.socket.resume(),
      failed: (error) => {
        this.parts.metrics.failed();
        logger.error({ err: error, sessionId: opening.sessionId }, 'Session failed');
      },
    });
    this.send(opening, { type: 'ready', epoch: opening.epoch, worker, model, window: windowSamples });
    logger.info(
      { sessionId: opening.sessionId, epoch: opening.epoch, start: opening.start },
      'Session opened',
    );
    this.socket.resume();
    for (const { data, isBinary } of this.early.splice(0)) this.receive(data, isBinary);
  }

  private send({ isBare }: Opening, message: WorkerMessage): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    const unread = this.socket.bufferedAmount;
    if (unread > this.parts.maxUnreadBytes) return this.cutOff();
    // The next one says more.
    if (message.type === 'interim' && unread > this.parts.maxUnreadBytes * CAPTION_SHARE) return;
    if (!isBare) this.socket.send(JSON.stringify(message));
    else if (message.type === 'final') this.socket.send(message.text);
  }

  private cutOff(): void {
    this.parts.logger.warn(
      { sessionId: this.opening?.sessionId },
      'The gateway does not read and is cut off',
    );
    this.socket.terminate();
    this.dispose();
  }

  private limitPings(): void {
    this.pings.take(1);
    if (this.pings.waitMs > 0) this.refuse(CloseCode.tooFast, 'too many pings');
    else if (this.socket.bufferedAmount > this.parts.maxUnreadBytes) this.cutOff();
  }

  private refuseOptions(error: unknown): void {
    if (error instanceof ParleyError) return this.refuse(CloseCode.badOptions, reasonOf(error));
    this.parts.logger.error({ err: error }, 'The engine could not be made ready');
    this.refuse(CloseCode.failed, 'the engine is not ready');
  }

  private refuse(code: number, reason: string): void {
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
    clearTimeout(this.helloTimer);
    this.leave?.();
    const link = this.link;
    this.link = undefined;
    link?.release();
  }
}

/** `FIELD: what is wrong with it`. */
function reasonOf({ param, message }: ParleyError): string {
  const reason = param === undefined ? message : `${param}: ${message}`;
  return Buffer.from(reason).subarray(0, MAX_REASON_BYTES).toString();
}
