import { createParamDecorator, UseInterceptors, type ExecutionContext } from '@nestjs/common';
import {
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
} from '@nestjs/websockets';
import type { z } from 'zod';
import type { SocketErrorBody } from '../common/errors/error-body.js';
import { AcknowledgeInterceptor, OnFailure } from '../common/sockets/acknowledge.interceptor.js';
import { DescribeEvents } from '../common/api-description/describe.decorator.js';
import { TRANSCRIPTION_EVENTS } from './transcription.api.js';
import { PayloadPipe } from '../common/sockets/payload.pipe.js';
import { RefusedPayload } from '../common/sockets/refused-payload.js';
import { AudioMessagePipe, OriginalChunkPipe, type AudioMessage } from './socket/audio-message.pipe.js';
import {
  lectureIdSchema,
  sessionEndSchema,
  sessionStartSchema,
  type AudioReceived,
  type SessionEnd,
  type SessionStarted,
} from './events.js';
import type { TranscriptionSocket } from './socket/socket-listener.js';
import { SocketSession } from './socket/socket-session.js';
import { TranscriptionService } from './transcription.service.js';
import { Needs } from '../auth/needs.decorator.js';

const sessions = new WeakMap<TranscriptionSocket, SocketSession>();

/** The session of the socket that an event came from. */
const Session = createParamDecorator((_data: unknown, context: ExecutionContext): SocketSession => {
  const session = sessions.get(context.switchToWs().getClient<TranscriptionSocket>());
  if (!session) throw new Error('A message came from a socket that never connected');
  return session;
});

/** Live transcription over Socket.io: the typed events, and the original ones of unchanged clients. Contract: `events.ts`. */
@Needs('transcription')
@WebSocketGateway()
@DescribeEvents(TRANSCRIPTION_EVENTS)
@UseInterceptors(AcknowledgeInterceptor)
export class TranscriptionGateway
  implements OnGatewayConnection<TranscriptionSocket>, OnGatewayDisconnect<TranscriptionSocket>
{
  constructor(private readonly service: TranscriptionService) {}

  handleConnection(socket: TranscriptionSocket): void {
    sessions.set(socket, new SocketSession(socket, this.service));
  }

  handleDisconnect(socket: TranscriptionSocket): void {
    sessions.get(socket)?.detach();
  }

  @SubscribeMessage('session:start')
  start(
    @Session() session: SocketSession,
    @MessageBody(new PayloadPipe(sessionStartSchema)) start: z.output<typeof sessionStartSchema>,
  ): Promise<SessionStarted> {
    return session.start(start);
  }

  @SubscribeMessage('audio')
  audio(
    @Session() session: SocketSession,
    @MessageBody(AudioMessagePipe) { seq, bytes }: AudioMessage,
  ): AudioReceived {
    return session.push(seq, bytes);
  }

  @SubscribeMessage('session:end')
  end(
    @Session() session: SocketSession,
    @MessageBody(new PayloadPipe(sessionEndSchema)) end: SessionEnd,
  ): AudioReceived {
    return session.end(end);
  }

  @SubscribeMessage('transcription')
  @OnFailure(reportFailure)
  original(
    @Session() session: SocketSession,
    @MessageBody(OriginalChunkPipe) chunk: Uint8Array | RefusedPayload,
  ): Promise<void> {
    return chunk instanceof RefusedPayload ? session.missOriginal(chunk.bytes) : session.pushOriginal(chunk);
  }

  @SubscribeMessage('lectureId')
  @OnFailure(reportFailure)
  lecture(
    @Session() session: SocketSession,
    @MessageBody(new PayloadPipe(lectureIdSchema, 'lectureId')) id: string,
  ): Promise<void> {
    return session.label(id);
  }
}

/** Clients of the original events ask for no acknowledgement. */
function reportFailure(socket: TranscriptionSocket, failure: SocketErrorBody): void {
  const sessionId = sessions.get(socket)?.session?.id;
  socket.emit('session:error', { ...(sessionId !== undefined && { sessionId }), ...failure });
}
