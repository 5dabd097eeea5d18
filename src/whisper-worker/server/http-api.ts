import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ModelReport } from '../model/model-report.js';
import type { WorkerMetrics, WorkerState } from '../metrics/worker-metrics.js';

export interface HttpApiParts {
  model: () => Promise<ModelReport>;
  metrics: WorkerMetrics;
  state: () => WorkerState;
  isDraining: () => boolean;
  /** Whether the engine decodes. */
  isAlive: () => Promise<boolean>;
  /** Whether there is an engine host that takes work. */
  isEngineUp: () => boolean;
}

/** The worker's HTTP routes: liveness, readiness, metrics. No answer names a session. */
export class HttpApi {
  constructor(private readonly parts: HttpApiParts) {}

  async answer({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
    const isRead = method === 'GET' || method === 'HEAD';
    if (isRead && url === '/health/live') return this.live(response);
    if (isRead && url === '/health/ready') return await this.ready(response);
    if (isRead && url === '/metrics') return this.metrics(response);
    answerJson(response, 404, { error: { code: 'not_found', message: 'There is nothing here.' } });
  }

  private async live(response: ServerResponse): Promise<void> {
    const isAlive = await this.parts.isAlive();
    answerJson(response, isAlive ? 200 : 503, { status: isAlive ? 'ok' : 'stuck' });
  }

  private async ready(response: ServerResponse): Promise<void> {
    const { model, isDraining, isEngineUp, state } = this.parts;
    const report = await model();
    const status = isDraining() ? 'restarting' : isEngineUp() ? 'ready' : 'starting';
    answerJson(response, status === 'ready' ? 200 : 503, { status, ...report, ...state() });
  }

  private async metrics(response: ServerResponse): Promise<void> {
    const { metrics } = this.parts;
    response.writeHead(200, { 'content-type': metrics.contentType }).end(await metrics.text());
  }
}

function answerJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
