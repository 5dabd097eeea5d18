import type { AudioFormat } from '../../audio/encoding/audio-format.js';
import { asBuffer } from '../../audio/pcm/samples.js';
import { ProviderFailedError, ProviderTimeoutError } from '../../common/errors/provider-errors.js';
import { closeStream } from '../../common/streams/close-stream.js';
import { withIdleTimeout } from '../../common/streams/idle-timeout.js';
import { peekUntil } from '../../common/streams/peek-first.js';
import { tellFormat, type ToldFormat } from './tell-format.js';

/** Audio that has begun: as it was asked for, or WAV, of which everything else can be made. */
export interface BegunAudio {
  /** What it is, whatever the provider calls it. */
  format: AudioFormat;
  audio: AsyncIterable<Uint8Array>;
}

/**
 * Waits for the first bytes of a provider's answer, so that every failure up to them can still become a status or a fallback, and
 * tells by them what it is: a provider that gives another format than it was asked for would be played as noise, and kept.
 * @throws ProviderFailedError when there is no audio at all, or something else
 * @throws ProviderTimeoutError when the provider is silent for `idleMs`, also later on in the iteration
 */
export async function untilFirstByte(
  accepted: Promise<AsyncIterable<Uint8Array>>,
  idleMs: number,
  asked: AudioFormat,
): Promise<BegunAudio> {
  const source = withIdleTimeout(
    await accepted,
    { idleMs },
    () => new ProviderTimeoutError('The speech service fell silent.'),
  );
  let told: ToldFormat | undefined;
  const audio = await peekUntil(source, (chunks, hasEnded) => {
    const head = chunks.length === 1 ? asBuffer(chunks[0]!) : Buffer.concat(chunks);
    if (hasEnded && head.length === 0) throw new ProviderFailedError('The speech service sent no audio.');
    told = tellFormat(head, asked, hasEnded);
    return told !== undefined;
  });
  if (told === asked || told === 'wav') return { format: told, audio };
  closeStream(audio);
  throw new ProviderFailedError(`The speech service answered with ${nameOf(told)} instead of ${asked}.`);
}

function nameOf(told: ToldFormat | undefined): string {
  if (told === 'text') return 'words';
  return told === 'other' || told === 'pcm' || told === undefined ? 'something else' : told;
}
