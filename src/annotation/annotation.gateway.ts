import { Inject, UseInterceptors } from '@nestjs/common';
import { SpanKind } from '@opentelemetry/api';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  type OnGatewayDisconnect,
} from '@nestjs/websockets';
import type { DefaultEventsMap, Socket } from 'socket.io';
import type { ConfigType } from '@nestjs/config';
import type { AdmittedSocketData } from '../auth/socket-admission.js';
import type { SocketErrorBody } from '../common/errors/error-body.js';
import { ShuttingDownError } from '../common/errors/session-errors.js';
import { AcknowledgeInterceptor, OnFailure } from '../common/sockets/acknowledge.interceptor.js';
import { DescribeEvents } from '../common/api-description/describe.decorator.js';
import { ANNOTATION_EVENTS } from './annotation.api.js';
import { describeFailure } from '../common/sockets/describe-failure.js';
import { currentTrace, inSpan } from '../common/tracing/spans.js';
import { OpenStreams } from '../common/streams/open-streams.js';
import { processConfig } from '../config/process.config.js';
import { AnnotationJobPipe } from './annotation-job.pipe.js';
import type { AnnotationJob } from './annotation-job.js';
import { annotationConfig } from './annotation.config.js';
import { AnnotationService } from './annotation.service.js';
import { ClientJobs } from './client-jobs.js';
import { CallerWork } from '../auth/caller-work.js';
import { Needs } from '../auth/needs.decorator.js';

type ClientSocket = Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, AdmittedSocketData>;

/**
 * Explains the words that a client has marked: `nlProcessing` in, `NLPResult` of the same shape out. A failure is sent as
 * `NLPError`; the acknowledgement says whether the job was accepted.
 */
@Needs('chat')
@WebSocketGateway()
@DescribeEvents(ANNOTATION_EVENTS)
@UseInterceptors(AcknowledgeInterceptor)
export class AnnotationGateway implements OnGatewayDisconnect<ClientSocket> {
  private readonly clients = new Map<ClientSocket, ClientJobs>();

  constructor(
    private readonly annotation: AnnotationService,
    @Inject(annotationConfig.KEY) private readonly config: ConfigType<typeof annotationConfig>,
    private readonly streams: OpenStreams,
    private readonly work: CallerWork,
    @Inject(processConfig.KEY) { shutdownGraceMs }: ConfigType<typeof processConfig>,
  ) {
    // As runs of chat: what was accepted may be finished in half the time that there is.
    streams.closing.addEventListener(
      'abort',
      () => void setTimeout(() => this.stopAll(), shutdownGraceMs / 2).unref(),
      { once: true },
    );
  }

  handleDisconnect(socket: ClientSocket): void {
    this.clients.get(socket)?.stop();
    this.clients.delete(socket);
  }

  @SubscribeMessage('nlProcessing')
  @OnFailure(reportFailure)
  add(@ConnectedSocket() socket: ClientSocket, @MessageBody(AnnotationJobPipe) job: AnnotationJob): void {
    this.work.assertMayBegin(socket.data.caller);
    if (this.streams.closing.aborted) throw new ShuttingDownError();
    this.annotation.check(job);
    const parent = currentTrace();
    const startTime = Date.now();
    const leave = this.streams.enter();
    try {
      this.jobsOf(socket).add((signal) =>
        inSpan('nlProcessing', { kind: SpanKind.SERVER, startTime, ...(parent && { parent }) }, () =>
          this.run(socket, job, signal),
        ).finally(leave),
      );
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Tells the client what becomes of the job. @returns why not all of it could be done */
  private async run(socket: ClientSocket, job: AnnotationJob, signal: AbortSignal): Promise<unknown> {
    try {
      const result = await this.annotation.annotate(socket.data.caller, job, signal);
      socket.emit('NLPResult', result.job);
      if (result.failure !== undefined) reportFailure(socket, describeFailure(result.failure));
      return result.failure;
    } catch (error) {
      const isShutdown = signal.reason instanceof ShuttingDownError;
      const failure: unknown = isShutdown ? signal.reason : error;
      if (!signal.aborted || isShutdown) reportFailure(socket, describeFailure(failure));
      return signal.aborted ? 'cancelled' : error;
    }
  }

  private jobsOf(socket: ClientSocket): ClientJobs {
    const known = this.clients.get(socket);
    if (known) return known;
    const jobs = new ClientJobs(this.config.maxWaiting);
    this.clients.set(socket, jobs);
    const leaveWork = this.work.enter(socket.data.caller, (reason) => {
      jobs.stop();
      reportFailure(socket, describeFailure(reason));
    });
    socket.once('disconnect', leaveWork);
    return jobs;
  }

  private stopAll(): void {
    for (const jobs of this.clients.values()) jobs.stop(new ShuttingDownError());
  }
}

function reportFailure(socket: ClientSocket, failure: SocketErrorBody): void {
  socket.emit('NLPError', failure);
}
