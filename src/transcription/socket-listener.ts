import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Socket } from 'socket.io';
import type { AdmittedSocketData } from '../auth/socket-admission.js';
import { toSocketErrorBody } from '../common/errors/error-body.js';
import { SupersededError } from '../common/errors/session-errors.js';
import { lineOf, UnreadWatch } from '../common/sockets/unread-watch.js';
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

export interface ListenerParts {
  socket: TranscriptionSocket;
  sessionId: string;
  /** An unchanged client: it knows finals by another name. */
  isOriginal: boolean;
  /** Events that may wait for the client. */
  maxUnread: number;
  onSuperseded: () => void;
}

/**
 * Tells one socket what its session says. A client that reads slowly misses interims that a later one has replaced, and
 * nothing else; one that leaves too much unread loses its connection, not its session.
 */
export class SocketListener implements SessionListener {
  private readonly unread: UnreadWatch;
  private _interim: InterimTranscript | undefined;
  private retry: NodeJS.Timeout | undefined;

  constructor(private readonly parts: ListenerParts) {
    this.unread = UnreadWatch.of(parts.socket.conn);
  }

  speech(state: 'start' | 'end', at: number): void {
    this.send('speech', { sessionId: this.parts.sessionId, state, at });
  }

  interim(interim: InterimTranscript): void {
    this._interim = interim;
    this.sendInterim();
  }

  final(final: FinalTranscript): void {
    // It says all that a waiting interim could.
    this._interim = undefined;
    const { sessionId, isOriginal } = this.parts;
    if (isOriginal) this.send('transitionResult', final.text);
    else this.send('transcript:final', { sessionId, ...final });
  }

  queued(place: QueuePlace): void {
    this.send('session:queued', { sessionId: this.parts.sessionId, ...place });
  }

  flow(state: FlowState, credit: number): void {
    this.send('session:flow', { sessionId: this.parts.sessionId, state, credit });
  }

  state(state: SessionState): void {
    this.send('session:state', { sessionId: this.parts.sessionId, state });
  }

  superseded(): void {
    this.failed(new SupersededError('Another connection has resumed this session.'));
    this.close();
    this.parts.onSuperseded();
  }

  failed(error: unknown): void {
    this.send('session:error', { sessionId: this.parts.sessionId, ...toSocketErrorBody(error) });
  }

  done(summary: SessionSummary): void {
    this.send('session:done', { sessionId: this.parts.sessionId, ...summary });
  }

  /** Half of what it may leave unread: the other half is for what happens meanwhile. */
  get hasRoom(): boolean {
    const { packets, bytes, maxBytes } = this.unread;
    return !this.parts.socket.connected || (packets <= this.parts.maxUnread / 2 && bytes <= maxBytes / 2);
  }

  async room(): Promise<number> {
    while (!this.hasRoom) await sleep(RETRY_MS);
    return Math.ceil(this.parts.maxUnread / 2);
  }

  /** Asks below Socket.io, where browsers answer by themselves. A client that polls is taken to be there. */
  async isThere(): Promise<boolean> {
    const { transport } = this.parts.socket.conn;
    if (transport.name !== 'websocket') return true;
    const line = lineOf(transport);
    if (line.readyState !== line.OPEN) return false;
    line.ping();
    return once(line, 'pong', { signal: AbortSignal.timeout(PONG_MS) }).then(
      () => true,
      () => false,
    );
  }

  /** Nothing more is to be sent. */
  close(): void {
    this._interim = undefined;
    clearTimeout(this.retry);
  }

  /** Closes the connection of a client that does not read. */
  enforceReading(): void {
    if (this.unread.packets > this.parts.maxUnread) this.unread.cut();
  }

  private sendInterim(): void {
    clearTimeout(this.retry);
    const { socket, sessionId } = this.parts;
    if (!this._interim || !socket.connected) return;
    if (this.isFlowing) {
      socket.emit('transcript:interim', { sessionId, ...this._interim });
      this._interim = undefined;
    } else this.retry = setTimeout(() => this.sendInterim(), RETRY_MS);
  }

  private send<E extends keyof ServerToClientEvents>(
    event: E,
    ...args: Parameters<ServerToClientEvents[E]>
  ): void {
    this.enforceReading();
    this.parts.socket.emit(event, ...args);
  }

  private get isFlowing(): boolean {
    return this.unread.packets === 0 && this.parts.socket.conn.transport.writable;
  }
}
