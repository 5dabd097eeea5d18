import { Inject, Injectable } from '@nestjs/common';
import { WebSocket } from 'ws';
import type { ConfigType } from '@nestjs/config';
import { msToSamples } from '../../../common/audio/pcm.js';
import { InvalidInputError, OverloadedError } from '../../../common/errors/caller-errors.js';
import { WorkerUnavailableError } from '../../../common/errors/provider-errors.js';
import {
  CloseCode,
  MAX_TEXT_FRAME_BYTES,
  parseFrame,
  workerMessageSchema,
  type GatewayMessage,
  type Hello,
  type WorkerMessage,
} from '../../../whisper-protocol/messages.js';
import { workerConfig } from '../../../whisper-worker/worker.config.js';
import { transcriptionConfig } from '../../transcription.config.js';
import type { WorkerLoss } from './worker-pool.js';

const RETRY_AFTER_MS = 1_000;
const PING_INTERVAL_MS = 2_000;

/** The events of a connection. `onClose` is called once, however the connection ended. */
export interface WorkerConnectionListener {
  onMessage(message: WorkerMessage): void;
  onClose(how: WorkerLoss): void;
}

/** One socket to one worker, for one session. */
export interface WorkerConnection {
  /** Samples that may be sent beyond the last `ack`. */
  readonly window: number;
  sendPcm(samples: Int16Array): void;
  send(message: GatewayMessage): void;
  /** Ends the connection. `onClose` is not called any more. */
  close(): void;
}

/** Dials Whisper workers (PROTOCOL of docs/api/whisper-protocol.md). */
@Injectable()
export class WhisperWorkerClient {
  constructor(
    @Inject(transcriptionConfig.KEY) private readonly config: ConfigType<typeof transcriptionConfig>,
    @Inject(workerConfig.KEY) private readonly worker: ConfigType<typeof workerConfig>,
  ) {}

  /**
   * Dials, says hello and waits until the worker is ready.
   * @throws OverloadedError when the worker is full
   * @throws InvalidInputError for options that its engine cannot honour
   * @throws WorkerUnavailableError for every other failure
   */
  async connect(url: string, hello: Hello, listener: WorkerConnectionListener): Promise<WorkerConnection> {
    const { connectTimeoutMs, silentTimeoutMs, ringMs } = this.config;
    const socket = new WebSocket(url, {
      handshakeTimeout: connectTimeoutMs,
      maxPayload: MAX_TEXT_FRAME_BYTES,
      perMessageDeflate: false,
    });
    const window = await introduce(socket, hello, connectTimeoutMs);
    // A sound worker has at most the window unread. A connection with more unread is cut.
    const maxUnreadBytes = 2 * msToSamples(ringMs) + this.worker.maxUnreadBytes;
    return new SocketConnection(socket, window, { silentTimeoutMs, maxUnreadBytes }, listener);
  }
}

/** Sends the hello and waits for `ready`. Gives the window. */
function introduce(socket: WebSocket, hello: Hello, timeoutMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      settle();
      socket.on('error', () => undefined);
      socket.terminate();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(new WorkerUnavailableError('The Whisper worker did not answer.')),
      timeoutMs,
    );
    const onOpen = (): void => socket.send(JSON.stringify(hello));
    const onError = (cause: Error): void =>
      fail(new WorkerUnavailableError('The Whisper worker cannot be reached.', { cause }));
    const onClose = (code: number, reason: Buffer): void => fail(refusal(code, reason.toString()));
    const onMessage = (frame: Buffer): void => {
      const message = parseFrame(workerMessageSchema, frame.toString());
      if (message?.type !== 'ready') return;
      settle();
      resolve(message.window);
    };
    const settle = (): void => {
      clearTimeout(timer);
      socket.off('open', onOpen).off('error', onError).off('close', onClose).off('message', onMessage);
    };
    socket.on('open', onOpen).on('error', onError).on('close', onClose).on('message', onMessage);
  });
}

function refusal(code: number, reason: string): Error {
  if (code === CloseCode.full) {
    const retryAfterMs = Number(/retryAfterMs=(\d+)/.exec(reason)?.[1] ?? RETRY_AFTER_MS);
    return new OverloadedError('All Whisper workers are busy.', { retryAfterMs });
  }
  if (code === CloseCode.badOptions) {
    // `FIELD: what is wrong with it`, of the hello, whose `options` are the client's own.
    const [, param, why] = /^(?:options\.)?([a-z][\w.]*): (.+)$/i.exec(reason) ?? [];
    return new InvalidInputError(
      param ?? 'session:start',
      why ?? 'The speech engine cannot honour these options.',
    );
  }
  return new WorkerUnavailableError('The Whisper worker refused the connection.', {
    cause: new Error(`close ${code}`),
  });
}

class SocketConnection implements WorkerConnection {
  private readonly watch: NodeJS.Timeout;
  private heardAt = performance.now();
  private listener: WorkerConnectionListener | undefined;

  constructor(
    private readonly socket: WebSocket,
    readonly window: number,
    private readonly limits: { silentTimeoutMs: number; maxUnreadBytes: number },
    listener: WorkerConnectionListener,
  ) {
    const { silentTimeoutMs } = limits;
    this.listener = listener;
    socket.on('message', (frame: Buffer, isBinary) => this.onFrame(frame, isBinary));
    socket.on('pong', () => this.touch());
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', (code: number) => this.lose(lossOf(code)));
    let pingedAt = performance.now();
    this.watch = setInterval(
      () => {
        if (performance.now() - this.heardAt > silentTimeoutMs) return this.lose('lost');
        if (performance.now() - pingedAt < PING_INTERVAL_MS) return;
        pingedAt = performance.now();
        socket.ping();
      },
      Math.min(500, silentTimeoutMs / 3),
    );
    // Closed right after `ready`. The session knows its connection on a later turn only.
    if (socket.readyState !== WebSocket.OPEN) setImmediate(() => this.lose('lost'));
  }

  sendPcm(samples: Int16Array): void {
    // On a later turn, because the session is sending just now.
    if (this.socket.bufferedAmount > this.limits.maxUnreadBytes)
      return void setImmediate(() => this.lose('lost'));
    this.socket.send(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  }

  send(message: GatewayMessage): void {
    this.socket.send(JSON.stringify(message));
  }

  close(): void {
    this.listener = undefined;
    clearInterval(this.watch);
    this.socket.close(1000);
  }

  private onFrame(frame: Buffer, isBinary: boolean): void {
    this.touch();
    if (isBinary) return;
    const message = parseFrame(workerMessageSchema, frame.toString());
    // A newer worker may send messages that this version does not know.
    if (message) this.listener?.onMessage(message);
  }

  private touch(): void {
    this.heardAt = performance.now();
  }

  private lose(how: WorkerLoss): void {
    clearInterval(this.watch);
    this.socket.terminate();
    const listener = this.listener;
    this.listener = undefined;
    listener?.onClose(how);
  }
}

function lossOf(code: number): WorkerLoss {
  if (code === CloseCode.restarting) return 'restarting';
  return code === CloseCode.failed || code === CloseCode.tooFast ? 'failed' : 'lost';
}
