import { ProviderFailedError } from '../../../common/errors/provider-errors.js';
import { tellsFailure } from './completion-chunk.js';

/**
 * A body that is wanted whole.
 * @throws ProviderFailedError when it is too long
 */
export async function readWhole(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > maxBytes) throw new ProviderFailedError('The answer is longer than this server passes on.');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/**
 * The document of an answer that is not streamed, as the service wrote it.
 * @throws ProviderFailedError when it is none
 */
export async function* relayWhole(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  const document = await readWhole(body, maxBytes);
  if (!isCompletion(document))
    throw new ProviderFailedError('The chat service sent something that is no answer.');
  yield document;
}

function isCompletion(document: Buffer): boolean {
  try {
    const value = JSON.parse(document.toString()) as ({ choices?: unknown } & Record<string, unknown>) | null;
    return value !== null && Array.isArray(value.choices) && !tellsFailure(value);
  } catch {
    return false;
  }
}
