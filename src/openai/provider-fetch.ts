import type { Readable } from 'node:stream';
import { Agent, request, type Dispatcher } from 'undici';
import { annotate } from '../common/tracing/spans.js';
import { traceparentOf } from '../common/tracing/traceparent.js';

/** What is read of a refusal; more says nothing that we would use. */
const MAX_REFUSAL_BYTES = 65_536;
/** Longest answer that is read as a text; of half a minute of speech it would be a fraction. */
const MAX_TEXT_BYTES = 4_194_304;

/**
 * A `fetch` for the SDK over undici's plain requests: less than half the work, and bodies that are Node streams (`bodyOf`).
 * Redirects are not followed: they would take the key and a person's words to a place that nobody configured.
 */
export function createProviderFetch(connectTimeoutMs: number): typeof fetch {
  // How long an answer may take is the caller's to say: it aborts.
  const dispatcher = new Agent({ connect: { timeout: connectTimeoutMs }, headersTimeout: 0, bodyTimeout: 0 });
  return async (input, { signal, method = 'GET', headers: given, body } = {}) => {
    const headers = new Headers(given);
    headers.set('Accept-Encoding', 'identity');
    const sent = body instanceof FormData ? await encodeForm(body, headers) : (body as string | null);
    const url = input instanceof Request ? input.url : input.toString();
    tellTrace(url, headers);
    try {
      const answer = await request(url, {
        dispatcher,
        method,
        signal: signal ?? null,
        headers,
        body: sent,
      });
      return await responseOf(url, answer);
    } catch (error) {
      // By this name the SDK knows an abort.
      if (signal?.aborted)
        throw Object.assign(new Error('The request was aborted.', { cause: error }), { name: 'AbortError' });
      throw error;
    }
  };
}

/** The provider is told of the span that calls it, and the span of the provider: its host, without whatever else is in the address. */
function tellTrace(url: string, headers: Headers): void {
  const traceparent = traceparentOf();
  if (traceparent === undefined) return;
  headers.set('traceparent', traceparent);
  const { hostname, port, protocol } = new URL(url);
  annotate({
    'server.address': hostname,
    'server.port': Number(port || (protocol === 'https:' ? 443 : 80)),
  });
}

export interface ProviderBody extends Readable {
  [Symbol.asyncIterator](): NodeJS.AsyncIterator<Uint8Array>;
}

/** The body of an accepted request that `createProviderFetch` has brought. */
export function bodyOf(response: Response): ProviderBody {
  return response.body as unknown as ProviderBody;
}

/**
 * The bytes of that body.
 * @param explain what to throw when it was cut
 */
export async function* readBody(
  response: Response,
  signal: AbortSignal,
  explain: (cause: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of bodyOf(response)) yield bytes;
  } catch (error) {
    signal.throwIfAborted();
    throw explain(error);
  }
}

/** A form is sent whole: it holds one utterance. */
async function encodeForm(form: FormData, headers: Headers): Promise<Uint8Array> {
  const encoded = new Response(form);
  headers.set('Content-Type', encoded.headers.get('Content-Type') ?? '');
  return new Uint8Array(await encoded.arrayBuffer());
}

async function responseOf(url: string, answer: Dispatcher.ResponseData): Promise<Response> {
  // Whoever reads the body hears of it; nobody has to.
  answer.body.on('error', () => undefined);
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) setIfValid(headers, name, String(value));
  if (answer.statusCode >= 300) {
    const text = describeRefusal(await readBeginning(answer.body, MAX_REFUSAL_BYTES));
    return new Response(text, { status: answer.statusCode, headers });
  }
  if ((answer.headers['content-encoding'] ?? 'identity') !== 'identity') {
    answer.body.destroy();
    throw new Error('The answer is compressed although that was not asked for.');
  }
  return new ProviderResponse(url, answer, headers) as unknown as Response;
}

/** Some services put names in other scripts into headers that nobody needs. */
function setIfValid(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    // Left out.
  }
}

/** A connection whose answer was not read to its end cannot be used again, and the SDK leaves refusals unread. */
async function readBeginning(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    parts.push(part);
    bytes += part.byteLength;
    if (bytes > maxBytes) break;
  }
  return Buffer.concat(parts).subarray(0, maxBytes);
}

/**
 * A refusal in the one shape that the SDK reads, whatever shape the service gave it. `message` is all that the service said: for
 * finding out what it means, never for a caller.
 */
function describeRefusal(body: Buffer): string {
  const message = body.toString();
  let error: unknown;
  try {
    const answer: unknown = JSON.parse(message);
    const first: unknown = Array.isArray(answer) ? answer[0] : answer;
    error = (first as { error?: unknown } | null)?.error ?? first;
  } catch {
    // A page of a proxy, or a refusal that was cut.
  }
  const { code, param } =
    typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {};
  return JSON.stringify({
    error: {
      message,
      ...(typeof code === 'string' && { code }),
      ...(typeof param === 'string' && { param }),
    },
  });
}

/** What the SDK and our readers use of a `Response`; a real one would wrap the body in web streams. */
class ProviderResponse {
  readonly ok = true;
  readonly status: number;
  readonly body: Dispatcher.ResponseData['body'];

  constructor(
    readonly url: string,
    { statusCode, body }: Dispatcher.ResponseData,
    readonly headers: Headers,
  ) {
    this.status = statusCode;
    this.body = body;
  }

  /** For answers that are short by their nature. */
  async text(): Promise<string> {
    const beginning = await readBeginning(this.body, MAX_TEXT_BYTES + 1);
    if (beginning.length > MAX_TEXT_BYTES) throw new Error('The answer is too long.');
    return beginning.toString();
  }
}
