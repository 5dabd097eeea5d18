import { InvalidInputError, OverloadedError } from '../../../common/errors/caller-errors.js';
import { PROTOCOL_VERSION, type Hello, type SessionOptions } from '../../../whisper-protocol/messages.js';
import type { TranscriberOptions } from '../../transcriber.js';
import type {
  WhisperWorkerClient,
  WorkerConnection,
  WorkerConnectionListener,
} from './whisper-worker.client.js';
import type { WorkerPool } from './worker-pool.js';

export interface DialledWorker {
  address: string;
  connection: WorkerConnection;
  /** To be called when the session has left the worker. */
  leave: () => void;
}

/** The connection that a session wants. */
export interface DialRequest {
  sessionId: string;
  requestId: string | undefined;
  epoch: number;
  /** Position of the first sample that will be sent. */
  start: number;
  options: TranscriberOptions;
  priority: 'live' | 'background';
  /** The language that `auto` came to on an earlier connection. */
  language: string | undefined;
  /** The span of the session. */
  traceparent?: string | undefined;
}

/**
 * Tries the workers of the pool, the best first, until one takes the session.
 * @throws OverloadedError when a worker is full and no other one takes it
 * @throws WorkerUnavailableError when none can be reached
 * @throws InvalidInputError for options that the engine cannot honour
 */
export async function dialWorker(
  pool: WorkerPool,
  client: WhisperWorkerClient,
  request: DialRequest,
  listener: WorkerConnectionListener,
): Promise<DialledWorker> {
  const hello = helloOf(request, pool.token);
  let refusal: unknown;
  for (const address of pool.candidates()) {
    // Counted before the worker answers, so that many sessions that dial at once spread over the workers.
    const dialled = pool.dialling(address);
    try {
      const connection = await client.connect(address, hello, listener);
      return { address, connection, leave: pool.joined(address) };
    } catch (error) {
      if (error instanceof InvalidInputError) throw error;
      // A worker without room for another recording may have room for live sessions.
      if (error instanceof OverloadedError && request.priority === 'live')
        pool.full(address, error.retryAfterMs ?? 0);
      else if (!(error instanceof OverloadedError)) pool.lost(address, 'unreachable');
      if (!(refusal instanceof OverloadedError)) refusal = error;
    } finally {
      dialled();
    }
  }
  throw refusal;
}

export function hangUp({ connection, leave }: DialledWorker): void {
  connection.close();
  leave();
}

function helloOf(request: DialRequest, token: string): Hello {
  const { sessionId, requestId, epoch, start, options, priority, language, traceparent } = request;
  const context = options.language === 'auto' && language ? { language } : undefined;
  return {
    type: 'hello',
    v: PROTOCOL_VERSION,
    token,
    sessionId,
    ...(requestId !== undefined && { requestId }),
    epoch,
    start,
    options: sessionOptions(options),
    priority,
    ...(traceparent !== undefined && { traceparent }),
    ...(context && { context }),
  };
}

/** The options as the protocol names them. Undefined ones are left out of the JSON. */
function sessionOptions({
  language,
  task,
  interim,
  captions,
  words,
  vad,
}: TranscriberOptions): SessionOptions {
  const { threshold, silenceMs, maxSilenceMs, preRollMs, minSpeechMs, maxUtteranceMs } = vad ?? {};
  const cut = { threshold, silenceMs, maxSilenceMs, preRollMs, minSpeechMs, maxUtteranceMs };
  return { language, task, interim, captions, words, vad: vad && cut };
}
