import { SampleAligner } from '../../audio/pcm/samples.js';
import { closeStream } from '../../common/streams/close-stream.js';

/**
 * The PCM of several parts as one. The next part is begun as soon as the one before it speaks, so that no silence lies between
 * them, and no earlier, so that little is paid in vain when the listener leaves. A part that was begun ahead belongs to the iteration.
 * @param first the first part, which has begun; it belongs to the caller until the iteration has begun
 */
export async function* joinParts(
  first: AsyncIterable<Uint8Array>,
  rest: readonly string[],
  begin: (text: string) => Promise<AsyncIterable<Uint8Array>>,
): AsyncGenerator<Uint8Array> {
  let current = first;
  let next: Promise<AsyncIterable<Uint8Array>> | undefined;
  try {
    for (const text of [...rest, undefined]) {
      next = text === undefined ? undefined : begin(text);
      // A failure of the next part is told when it is its turn.
      next?.catch(() => undefined);
      const aligner = new SampleAligner();
      for await (const bytes of current) yield aligner.write(bytes);
      if (next) current = await next;
      next = undefined;
    }
  } finally {
    // The part that was begun ahead and will not be heard.
    void next?.then(closeStream, () => undefined);
  }
}
