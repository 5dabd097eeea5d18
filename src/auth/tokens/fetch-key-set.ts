import type { FetchImplementation } from 'jose';
import { LinkedAbort } from '../../common/streams/linked-abort.js';

/** Kinds of public keys; `oct` is a shared secret, which proves nothing once it is published. */
const PUBLIC_KINDS = new Set(['RSA', 'EC', 'OKP']);

/** Why an answer is no set of keys, in words for the operator that repeat nothing of it. */
export class KeySetFault extends Error {
  override readonly name = 'KeySetFault';
}

/**
 * How jose fetches a set of keys: in so many bytes, and from the address itself, as it follows no redirect.
 * @param over ends what is being fetched
 */
export function fetchKeySet(maxBytes: number, over: AbortSignal): FetchImplementation {
  return async (url, options) => {
    const link = new LinkedAbort(options.signal, over);
    try {
      const response = await fetch(url, { ...options, signal: link.signal });
      if (response.status !== 200) {
        await response.body?.cancel();
        throw new KeySetFault(`it answers with ${response.status}`);
      }
      const text = await readText(response, maxBytes);
      if (!hasPublicKey(text)) throw new KeySetFault('its answer holds no public keys');
      return new Response(text);
    } finally {
      link.unlink();
    }
  };
}

/** Counted as it is unpacked: a small answer may be large inside. */
async function readText({ body }: Response, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  if (body !== null)
    for await (const part of body as AsyncIterable<Uint8Array>) {
      bytes += part.byteLength;
      if (bytes > maxBytes) throw new KeySetFault(`its answer is longer than ${maxBytes} bytes`);
      parts.push(part);
    }
  return Buffer.concat(parts).toString();
}

function hasPublicKey(text: string): boolean {
  try {
    const { keys } = JSON.parse(text) as { keys?: unknown };
    return (
      Array.isArray(keys) && keys.some((key) => PUBLIC_KINDS.has((key as { kty?: string } | null)?.kty ?? ''))
    );
  } catch {
    return false;
  }
}
