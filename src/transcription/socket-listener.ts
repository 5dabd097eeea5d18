import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Socket } from 'socket.io';
import type { WebSocket } from 'ws';
import type { AdmittedSocketData } from '../auth/socket-admission.js';
import { toSocketErrorBody } from '../common/errors/error-body.js';
import { SupersededError } from '../common/errors/session-errors.js';
import type {
  ClientToServerEvents,
  FinalTranscript,
  FlowState,
  InterimTranscript,
  QueuePlace,
  ServerToClientEvents,
  SessionState,
  SessionSummary,
} from './events.js';
import type { SessionListener } from './session-listener.js';

export type TranscriptionSocket = Socket<
  ClientToServerEvents,
  ServerToClientEvents,
  Record<string, never>,
  AdmittedSocketData
>;

/** How soon a client that has not read enough is looked at again. */
const RETRY_MS = 50;
/** A line that carries a question and its answer no sooner carries no audio either. */
const PONG_MS = 2_000;

/**
 * Tells one socket what its session says. A client that reads slowly misses interims that a later one has replaced, and
 * nothing else; one that leaves too much unread loses its connection, not its session.
 */
export class SocketListener implements SessionListener {
  #interim: InterimTranscript | undefined;
  #retry: NodeJS.Timeout | undefined;

  /**
   * @param isOriginal an unchanged client: it knows finals by another name
   * @param maxUnread events that may wait for the client
   */
  constructor(
    private readonly socket: TranscriptionSocket,
    private readonly isOriginal: boolean,
    private readonly maxUnread: number,
    private readonly onSuperseded: () => void,
  ) {}

  speech(state: 'start' | 'end', at: number): void {
    this.#send('speech', { state, at });
  }

  interim(interim: InterimTranscript): void {
    this.#interim = interim;
    this.#sendInterim();
  }

  final(final: FinalTranscript): void {
    // It says all that a waiting interim could.
    this.#interim = undefined;
    if (this.isOriginal) this.#send('transitionResult', final.text);
    else this.#send('transcript:final', final);
  }

  queued(place: QueuePlace): void {
    this.#send('session:queued', place);
  }

  flow(state: FlowState, credit: number): void {
    this.#send('session:flow', { state, credit });
  }

  state(state: SessionState): void {
    this.#send('session:state', { state });
  }

  superseded(): void {
    this.failed(new SupersededError('Another connection has resumed this session.'));
    this.close();
    this.onSuperseded();
  }

  failed(error: unknown): void {
    this.#send('session:error', toSocketErrorBody(error));
  }

  done(summary: SessionSummary): void {
    this.#send('session:done', summary);
  }

  /** Half of what it may leave unread: the other half is for what happens meanwhile. */
  async room(): Promise<number> {
    const half = Math.ceil(this.maxUnread / 2);
    while (this.socket.connected && this.#unread > this.maxUnread - half) await sleep(RETRY_MS);
    return half;
  }

  /** Asks below Socket.io, where browsers answer by themselves. A client that polls is taken to be there. */
  async isThere(): Promise<boolean> {
    const { transport } = this.socket.conn;
    if (transport.name !== 'websocket') return true;
    const line = (transport as unknown as { socket: WebSocket }).socket;
    if (line.readyState !== line.OPEN) return false;
    line.ping();
    return once(line, 'pong', { signal: AbortSignal.timeout(PONG_MS) }).then(
      () => true,
      () => false,
    );
  }

  /** Nothing more is to be sent. */
  close(): void {
    this.#interim = undefined;
    clearTimeout(this.#retry);
  }

  /** Closes the connection of a client that does not read. */
  enforceReading(): void {
    // At the transport, as if the line were cut: clients come back from that by themselves.
    if (this.#unread > this.maxUnread) this.socket.conn.close(true);
  }

  #sendInterim(): void {
    clearTimeout(this.#retry);
    if (!this.#interim || !this.socket.connected) return;
    if (this.#isFlowing) {
      this.socket.emit('transcript:interim', this.#interim);
      this.#interim = undefined;
    } else this.#retry = setTimeout(() => this.#sendInterim(), RETRY_MS);
  }

  #send<E extends keyof ServerToClientEvents>(event: E, ...args: Parameters<ServerToClientEvents[E]>): void {
    this.enforceReading();
    this.socket.emit(event, ...args);
  }

  /** Packets that the transport has not taken yet. */
  get #unread(): number {
    return (this.socket.conn as unknown as { writeBuffer: unknown[] }).writeBuffer.length;
  }

  get #isFlowing(): boolean {
    return this.#unread === 0 && this.socket.conn.transport.writable;
  }
}
