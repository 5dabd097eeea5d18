import { ProviderFailedError, ProviderTimeoutError } from '../../common/errors/provider-errors.js';
import { withIdleTimeout } from '../../common/streams/idle-timeout.js';
import { peekFirst } from '../../common/streams/peek-first.js';

/**
 * Waits for the first byte of a provider's answer, so that every failure up to it can still become a status or a fallback.
 * @throws ProviderFailedError when there is no audio at all
 * @throws ProviderTimeoutError when the provider is silent for `idleMs`, also later on in the iteration
 */
export async function untilFirstByte(
  accepted: Promise<AsyncIterable<Uint8Array>>,
  idleMs: number,
): Promise<AsyncIterable<Uint8Array>> {
  const source = withIdleTimeout(
    await accepted,
    idleMs,
    () => new ProviderTimeoutError('The speech service fell silent.'),
  );
  return peekFirst(failWhenEmpty(source));
}

async function* failWhenEmpty(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isEmpty = true;
  for await (const chunk of source) {
    if (chunk.length === 0) continue;
    isEmpty = false;
    yield chunk;
  }
  if (isEmpty) throw new ProviderFailedError('The speech service sent no audio.');
}
