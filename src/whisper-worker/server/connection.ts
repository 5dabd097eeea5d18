import type { Logger } from 'pino';
import type { RawData, WebSocket } from 'ws';
import { ParleyError } from '../../common/errors/parley-error.js';
import {
  CloseCode,
  gatewayMessageSchema,
  parseFrame,
  type WorkerMessage,
} from '../../whisper-protocol/messages.js';
import type { SessionMessage, SpeechSession } from '../session/speech-session.js';
import type { SessionFactory } from '../session/session-factory.js';
import { readOpening, type Opening } from './opening.js';
import type { SharedToken } from './shared-token.js';

export interface ConnectionSettings {
  worker: string;
  model: string;
  helloTimeoutMs: number;
  /** Samples that may be sent beyond the last ack. */
  windowSamples: number;
  /** Undecided audio above which nothing more is read from the socket. */
  maxBacklogSamples: number;
}

/** Acks come at least this often while a session is open: they are its sign of life. */
const ACK_INTERVAL_MS = 400;
/** And after this much audio: 200 ms. */
const ACK_SAMPLES = 3_200;

/** One gateway's WebSocket: the opening, then audio and messages of one session until either side closes. */
export class Connection {
  #session: SpeechSession | undefined;
  #opening: Opening | undefined;
  #release: (() => void) | undefined;
  readonly #early: { data: Buffer; isBinary: boolean }[] = [];
  #acked = 0;
  #isDraining = false;
  #isEnding = false;
  #ackTimer: NodeJS.Timeout | undefined;
  readonly #helloTimer: NodeJS.Timeout;

  constructor(
    private readonly socket: WebSocket,
    private readonly settings: ConnectionSettings,
    private readonly token: SharedToken,
    private readonly factory: SessionFactory,
    private readonly logger: Logger,
  ) {
    this.#helloTimer = setTimeout(
      () => this.close(CloseCode.badOptions, 'hello expected'),
      settings.helloTimeoutMs,
    );
    socket.on('message', (data: RawData, isBinary: boolean) => this.receive(data as Buffer, isBinary));
    socket.once('close', () => this.dispose());
    // A protocol error (frame too large, bad UTF-8) is followed by 'close'.
    socket.on('error', (error) => this.logger.debug({ error: error.message }, 'Connection failed'));
  }

  /** Finishes what is open and closes with `restarting`, so that the gateway goes elsewhere. */
  drain(): void {
    this.#isDraining = true;
    if (!this.#session) this.close(CloseCode.restarting, 'restarting');
    else if (this.#opening?.isBare) this.#session.stall();
    this.closeWhenDrained();
  }

  terminate(): void {
    this.socket.terminate();
  }

  private receive(data: Buffer, isBinary: boolean): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (this.#session) return this.handle(this.#session, data, isBinary);
    // The original hub sends audio right behind its token. The socket is paused, so these are few.
    if (this.#opening) this.#early.push({ data, isBinary });
    else if (isBinary) this.close(CloseCode.badOptions, 'a hello comes first');
    else void this.open(data.toString());
  }

  private handle(session: SpeechSession, data: Buffer, isBinary: boolean): void {
    if (isBinary) this.hear(session, data);
    else this.obey(session, data.toString());
  }

  private async open(frame: string): Promise<void> {
    clearTimeout(this.#helloTimer);
    const opening = readOpening(frame);
    if (!opening) return this.close(CloseCode.badOptions, 'the hello is not valid');
    if (!this.token.accepts(opening.token))
      return this.close(CloseCode.badToken, 'the token is not accepted');
    this.#opening = opening;
    this.socket.pause();
    try {
      await this.factory.prepare(opening.options);
    } catch (error) {
      return this.refuse(error);
    }
    if (this.socket.readyState === this.socket.OPEN) this.start(opening);
  }

  private start(opening: Opening): void {
    const { session, release } = this.factory.create(opening.start, opening.options, {
      say: (message) => this.say(message),
      fail: (error) => this.fail(error),
      idle: () => this.relieve(),
    });
    this.#session = session;
    this.#release = release;
    this.#acked = opening.start;
    this.#ackTimer = setInterval(() => this.acknowledge(), ACK_INTERVAL_MS);
    const { worker, model, windowSamples } = this.settings;
    this.send({ type: 'ready', epoch: opening.epoch, worker, model, window: windowSamples });
    for (const { data, isBinary } of this.#early.splice(0)) this.receive(data, isBinary);
    if (this.socket.isPaused) this.socket.resume();
    this.logger.info(
      { sessionId: opening.sessionId, epoch: opening.epoch, start: opening.start },
      'Session opened',
    );
  }

  private hear(session: SpeechSession, pcm: Buffer): void {
    if (pcm.length % 2 !== 0) return this.close(CloseCode.badOptions, 'PCM frames have an even length');
    if (this.#isEnding) return this.close(CloseCode.badOptions, 'no audio comes after end');
    if (pcm.length === 0) return;
    session.write(new Int16Array(new Uint8Array(pcm).buffer));
    if (session.received - this.#acked >= ACK_SAMPLES) this.acknowledge();
    if (session.backlogSamples > this.settings.maxBacklogSamples) this.socket.pause();
    this.closeWhenDrained();
  }

  private obey(session: SpeechSession, frame: string): void {
    const message = parseFrame(gatewayMessageSchema, frame);
    if (!message) return this.close(CloseCode.badOptions, 'the message is not known');
    if (message.type === 'stall') return session.stall();
    if (this.#isEnding) return;
    this.#isEnding = true;
    session.end();
  }

  private acknowledge(): void {
    if (!this.#session || !this.#opening) return;
    this.#acked = this.#session.received;
    this.send({ type: 'ack', epoch: this.#opening.epoch, received: this.#acked });
  }

  private say(message: SessionMessage): void {
    if (!this.#opening) return;
    this.send({ ...message, epoch: this.#opening.epoch });
    if (message.type === 'done') this.close(1000, 'done');
  }

  private send(message: WorkerMessage): void {
    if (!this.#opening?.isBare) this.socket.send(JSON.stringify(message));
    else if (message.type === 'final') this.socket.send(message.text);
  }

  /** The session has caught up. */
  private relieve(): void {
    if (this.socket.isPaused && this.#session) this.socket.resume();
    this.closeWhenDrained();
  }

  private closeWhenDrained(): void {
    const session = this.#session;
    if (!this.#isDraining || !session || !session.isIdle || session.isSpeaking) return;
    this.close(CloseCode.restarting, 'restarting');
  }

  private refuse(error: unknown): void {
    const isCallers = error instanceof ParleyError;
    if (!isCallers) this.logger.error({ err: error }, 'The engine could not be made ready');
    this.close(
      isCallers ? CloseCode.badOptions : 1011,
      isCallers ? error.message : 'the engine is not ready',
    );
  }

  private fail(error: unknown): void {
    this.logger.error({ err: error, sessionId: this.#opening?.sessionId }, 'Session failed');
    const retryable = !(error instanceof ParleyError) || error.retryable;
    this.say({ type: 'error', code: error instanceof ParleyError ? error.code : 'internal', retryable });
    this.close(1011, 'the engine failed');
  }

  private close(code: number, reason: string): void {
    // A paused socket would never see the other side's answer.
    if (this.socket.isPaused) this.socket.resume();
    this.socket.close(code, reason);
    this.dispose();
  }

  private dispose(): void {
    clearTimeout(this.#helloTimer);
    clearInterval(this.#ackTimer);
    this.#release?.();
    this.#session = undefined;
  }
}
