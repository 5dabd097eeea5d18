import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Socket } from 'socket.io';
import type { AdmittedSocketData } from '../../auth/socket-admission.js';
import { tellFailure } from '../../common/sockets/describe-failure.js';
import { SupersededError } from '../../common/errors/session-errors.js';
import { lineOf, UnreadWatch } from '../../common/sockets/unread-watch.js';
import type {
  ClientToServerEvents,
  FinalTranscript,
  FlowState,
  InterimTranscript,
  QueuePlace,
  ServerToClientEvents,
  SessionState,
  SessionSummary,
} from '../events.js';
import type { SessionListener } from '../session/session-listener.js';

export type TranscriptionSocket = Socket<
  ClientToServerEvents,
  ServerToClientEvents,
  Record<string, never>,
  AdmittedSocketData
>;

/** How often it is checked whether a client has read enough. */
const RETRY_MS = 50;
/** How long a client may take to answer a ping. A connection that is slower carries no live audio either. */
const PONG_MS = 2_000;

export interface ListenerParts {
  socket: TranscriptionSocket;
  sessionId: string;
  /** A client of the original events: it gets finals as `transitionResult`. */
  isOriginal: boolean;
  /** Events that may wait for the client. */
  maxUnread: number;
}

/**
 * Sends what a session says to one socket. A client that reads slowly misses interims that a later one has replaced, and nothing
 * else. A client that leaves too much unread loses its connection, and keeps its session.
 */
export class SocketListener implements SessionListener {
  private readonly unread: UnreadWatch;
  /** Not sent yet, because the client has not read what came before. */
  private waitingInterim: InterimTranscript | undefined;
  private retry: NodeJS.Timeout | undefined;

  constructor(private readonly parts: ListenerParts) {
    this.unread = UnreadWatch.of(parts.socket.conn);
  }

  speech(state: 'start' | 'end', at: number): void {
    this.send('speech', { sessionId: this.parts.sessionId, state, at });
  }

  interim(interim: InterimTranscript): void {
    this.waitingInterim = interim;
    this.sendInterim();
  }

  final(final: FinalTranscript): void {
    // It replaces the interim that waits.
    this.waitingInterim = undefined;
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
  }

  failed(error: unknown): void {
    this.send('session:error', { sessionId: this.parts.sessionId, ...tellFailure(error) });
  }

  done(summary: SessionSummary): void {
    this.send('session:done', { sessionId: this.parts.sessionId, ...summary });
  }

  /** Stored finals may fill half of what a client may leave unread. The other half is for events that happen meanwhile. */
  get hasRoom(): boolean {
    const { packets, bytes, maxBytes } = this.unread;
    return !this.parts.socket.connected || (packets <= this.parts.maxUnread / 2 && bytes <= maxBytes / 2);
  }

  async room(): Promise<number> {
    while (!this.hasRoom) await sleep(RETRY_MS);
    return Math.ceil(this.parts.maxUnread / 2);
  }

  /** Sends a WebSocket ping, which browsers answer by themselves. A client that polls counts as there. */
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
    this.waitingInterim = undefined;
    clearTimeout(this.retry);
  }

  /** Closes the connection of a client that does not read. */
  enforceReading(): void {
    if (this.unread.packets > this.parts.maxUnread) this.unread.cut();
  }

  private sendInterim(): void {
    clearTimeout(this.retry);
    const { socket, sessionId } = this.parts;
    if (!this.waitingInterim || !socket.connected) return;
    if (this.isFlowing) {
      socket.emit('transcript:interim', { sessionId, ...this.waitingInterim });
      this.waitingInterim = undefined;
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
