import { setTimeout as sleep } from 'node:timers/promises';

export interface RetryRules {
  maxRetries: number;
  /** Longest wait before a try; a service that asks for more is not asked again. */
  maxWaitMs: number;
  /** Whether doing it twice harms nobody: then it is also repeated when it may have been begun. */
  isRepeatable?: boolean;
}

const FIRST_BACKOFF_MS = 500;

/**
 * Repeats requests that were surely not begun: no connection came about, or the service refused them before the work. What may
 * have been begun is paid for, so it is never asked for a second time; nor is it when the service asks for a longer wait than a
 * caller should have: another service, or the caller, may know better.
 */
export function retryingFetch(send: typeof fetch, rules: RetryRules): typeof fetch {
  return async (input, init = {}) => {
    const isRepeatable = rules.isRepeatable === true || (init.method ?? 'GET').toUpperCase() === 'GET';
    for (let tries = 0; ; tries += 1) {
      const backoffMs = FIRST_BACKOFF_MS * 2 ** tries * (1 - Math.random() / 4);
      const outcome = await attempt(() => send(input, init));
      const waitMs = waitAfter(outcome, isRepeatable, backoffMs);
      const isLast = tries >= rules.maxRetries || init.signal?.aborted === true || waitMs > rules.maxWaitMs;
      if (isLast && 'error' in outcome) throw outcome.error;
      if (isLast && 'response' in outcome) return outcome.response;
      await sleep(waitMs, undefined, init.signal ? { signal: init.signal } : {});
    }
  };
}

type Outcome = { response: Response } | { error: unknown };

async function attempt(send: () => Promise<Response>): Promise<Outcome> {
  try {
    return { response: await send() };
  } catch (error) {
    return { error };
  }
}

/** In milliseconds; infinite when it must not be repeated. */
function waitAfter(outcome: Outcome, isRepeatable: boolean, backoffMs: number): number {
  if ('error' in outcome) return isRepeatable || neverConnected(outcome.error) ? backoffMs : Infinity;
  const { status, headers } = outcome.response;
  const asked = retryAfterMs(headers);
  return isRefusalBeforeWork(status, headers, asked) || (isRepeatable && status >= 500)
    ? (asked ?? backoffMs)
    : Infinity;
}

function isRefusalBeforeWork(status: number, headers: Headers, asked: number | undefined): boolean {
  const advice = headers.get('x-should-retry');
  if (advice === 'true' || advice === 'false') return advice === 'true';
  return status === 429 || (status === 503 && asked !== undefined);
}

/** The name was not found, or nobody took the connection. What fails later may have reached somebody. */
function neverConnected(error: unknown): boolean {
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || syscall === 'connect' || syscall === 'getaddrinfo') return true;
  // Several addresses of one name were tried.
  return error instanceof AggregateError && error.errors.length > 0 && error.errors.every(neverConnected);
}

/** What the service asks for: RFC 9110, or OpenAI's finer header. */
export function retryAfterMs(headers: Headers): number | undefined {
  const fine = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(fine) && fine >= 0) return fine;
  const value = headers.get('retry-after');
  if (value === null || value.trim() === '') return undefined;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(ms, 0) : undefined;
}
