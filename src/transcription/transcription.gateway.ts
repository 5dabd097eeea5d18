import { Logger } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
} from '@nestjs/websockets';
import { toSocketErrorBody, type SocketErrorBody } from '../common/errors/error-body.js';
import { parseInput } from '../common/validation/parse-input.js';
import { readPayload, RefusedPayload } from '../common/sockets/refused-payload.js';
import { audioBytes } from './audio-bytes.js';
import { chunkTooLarge } from './audio-inbox.js';
import {
  audioHeaderSchema,
  lectureIdSchema,
  sessionEndSchema,
  sessionStartSchema,
  type AudioReceived,
  type SessionStarted,
} from './events.js';
import type { TranscriptionSocket } from './socket-listener.js';
import { SocketSession } from './socket-session.js';
import { TranscriptionService } from './transcription.service.js';

type Result<T> = ({ ok: true } & T) | ({ ok: false } & SocketErrorBody);

/** Live transcription over Socket.io: the typed events, and the original ones of unchanged clients. Contract: `events.ts`. */
@WebSocketGateway()
export class TranscriptionGateway
  implements OnGatewayConnection<TranscriptionSocket>, OnGatewayDisconnect<TranscriptionSocket>
{
  private readonly logger = new Logger(TranscriptionGateway.name);
  private readonly sessions = new WeakMap<TranscriptionSocket, SocketSession>();

  constructor(private readonly service: TranscriptionService) {}

  handleConnection(socket: TranscriptionSocket): void {
    this.sessions.set(socket, new SocketSession(socket, this.service));
  }

  handleDisconnect(socket: TranscriptionSocket): void {
    this.of(socket).detach();
  }

  @SubscribeMessage('session:start')
  start(
    @ConnectedSocket() socket: TranscriptionSocket,
    @MessageBody() body: unknown,
  ): Promise<Result<SessionStarted>> {
    return this.answer(() => this.of(socket).start(parseInput(sessionStartSchema, readPayload(body))));
  }

  @SubscribeMessage('audio')
  audio(
    @ConnectedSocket() socket: TranscriptionSocket,
    @MessageBody() body: unknown,
  ): Promise<Result<AudioReceived>> {
    return this.answer(() => {
      const [header, bytes] = Array.isArray(body) ? (body as unknown[]) : [body];
      if (isTooLarge(header) || isTooLarge(bytes)) throw chunkTooLarge(this.service.limits.chunkBytes);
      const { seq } = parseInput(audioHeaderSchema, readPayload(header));
      return this.of(socket).push(seq, audioBytes(readPayload(bytes, 'audio')));
    });
  }

  @SubscribeMessage('session:end')
  end(
    @ConnectedSocket() socket: TranscriptionSocket,
    @MessageBody() body: unknown,
  ): Promise<Result<AudioReceived>> {
    return this.answer(() => this.of(socket).end(parseInput(sessionEndSchema, readPayload(body))));
  }

  @SubscribeMessage('transcription')
  original(
    @ConnectedSocket() socket: TranscriptionSocket,
    @MessageBody() body: unknown,
  ): Promise<Result<object>> {
    return this.orReport(socket, async () => {
      if (isTooLarge(body)) await this.of(socket).missOriginal(body.bytes);
      else await this.of(socket).pushOriginal(audioBytes(readPayload(body, 'audio')));
    });
  }

  @SubscribeMessage('lectureId')
  lecture(
    @ConnectedSocket() socket: TranscriptionSocket,
    @MessageBody() body: unknown,
  ): Promise<Result<object>> {
    return this.orReport(socket, () =>
      this.of(socket).label(parseInput(lectureIdSchema, readPayload(body, 'lectureId'))),
    );
  }

  private of(socket: TranscriptionSocket): SocketSession {
    const session = this.sessions.get(socket);
    if (!session) throw new Error('A message came from a socket that never connected');
    return session;
  }

  /** Typed events: the answer is the acknowledgement, also for a failure. */
  private async answer<T extends object>(act: () => T | Promise<T>): Promise<Result<T>> {
    try {
      return { ok: true, ...(await act()) };
    } catch (error) {
      return { ok: false, ...this.describe(error) };
    }
  }

  /** Clients of the original events ask for no acknowledgement: a failure is an event of its own. */
  private async orReport(
    socket: TranscriptionSocket,
    act: () => void | Promise<void>,
  ): Promise<Result<object>> {
    const result = await this.answer(async () => {
      await act();
      return {};
    });
    if (!result.ok) {
      const { ok: _ok, ...body } = result;
      const { session } = this.of(socket);
      socket.emit('session:error', { ...(session && { sessionId: session.id }), ...body });
    }
    return result;
  }

  private describe(error: unknown): SocketErrorBody {
    const body = toSocketErrorBody(error);
    if (body.code === 'internal') this.logger.error({ err: error }, 'Socket event failed unexpectedly');
    return body;
  }
}

function isTooLarge(payload: unknown): payload is RefusedPayload {
  return payload instanceof RefusedPayload && payload.reason === 'too large';
}
