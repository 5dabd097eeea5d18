import { Logger } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  type OnGatewayDisconnect,
} from '@nestjs/websockets';
import type { DefaultEventsMap, Socket } from 'socket.io';
import type { AdmittedSocketData } from '../auth/socket-admission.js';
import { toSocketErrorBody, type SocketErrorBody } from '../common/errors/error-body.js';
import { ShuttingDownError } from '../common/errors/session-errors.js';
import { OpenStreams } from '../common/streams/open-streams.js';
import { AppConfig } from '../config/app-config.js';
import { parseJob, type AnnotationJob } from './annotation-job.js';
import { AnnotationService } from './annotation.service.js';
import { ClientJobs } from './client-jobs.js';

type ClientSocket = Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, AdmittedSocketData>;

/**
 * Explains the words that a client has marked: `nlProcessing` in, `NLPResult` of the same shape out. What goes wrong comes
 * as `NLPError`; the acknowledgement says whether the job was taken.
 */
@WebSocketGateway()
export class AnnotationGateway implements OnGatewayDisconnect<ClientSocket> {
  private readonly logger = new Logger(AnnotationGateway.name);
  private readonly clients = new Map<ClientSocket, ClientJobs>();

  constructor(
    private readonly annotation: AnnotationService,
    private readonly config: AppConfig,
    private readonly streams: OpenStreams,
  ) {
    streams.closing.addEventListener('abort', () => this.stopAll(), { once: true });
  }

  handleDisconnect(socket: ClientSocket): void {
    this.clients.get(socket)?.stop();
    this.clients.delete(socket);
  }

  @SubscribeMessage('nlProcessing')
  take(
    @ConnectedSocket() socket: ClientSocket,
    @MessageBody() payload: unknown,
  ): { ok: true } | ({ ok: false } & SocketErrorBody) {
    try {
      if (this.streams.closing.aborted) throw new ShuttingDownError('The server is shutting down.');
      const job = parseJob(payload, this.config.server.bodyShape.maxDepth);
      this.annotation.check(job);
      this.jobsOf(socket).add((signal) => this.run(socket, job, signal));
      return { ok: true };
    } catch (error) {
      this.report(socket, error);
      return { ok: false, ...toSocketErrorBody(error) };
    }
  }

  private async run(socket: ClientSocket, job: AnnotationJob, signal: AbortSignal): Promise<void> {
    try {
      const result = await this.annotation.annotate(socket.data.caller.tenantId, job, signal);
      socket.emit('NLPResult', result.job);
      if (result.failure !== undefined) this.report(socket, result.failure);
    } catch (error) {
      if (!signal.aborted) this.report(socket, error);
    }
  }

  private jobsOf(socket: ClientSocket): ClientJobs {
    const jobs = this.clients.get(socket) ?? new ClientJobs(this.config.annotation.maxWaiting);
    this.clients.set(socket, jobs);
    return jobs;
  }

  private report(socket: ClientSocket, error: unknown): void {
    const body = toSocketErrorBody(error);
    if (body.code === 'internal') this.logger.error({ err: error }, 'Annotation failed unexpectedly');
    socket.emit('NLPError', body);
  }

  private stopAll(): void {
    const error = new ShuttingDownError('The server is shutting down.');
    for (const [socket, jobs] of this.clients) {
      jobs.stop();
      this.report(socket, error);
    }
  }
}
