import { findHeader } from '../../audio/recording/header-scanner.js';
import { SNIFF_BYTES, sniffContainer } from '../../audio/recording/container-signature.js';
import { findContinuation, OPUS_WEBM_HEADER } from '../../audio/webm/webm-resync.js';
import { UnsupportedAudioError } from '../../common/errors/session-errors.js';

/** How far the place where a WebM goes on is searched for before the audio is refused. */
const SEARCH_BYTES = 16_384;
/** Longer than any header that is cut between two chunks. */
const TAIL_BYTES = 64;

/**
 * Finds the first useful byte of an original client, which sends chunks and nothing else: the header of a recording, or, for a WebM whose
 * header went to an earlier connection, the next cluster. Bytes before it open no session.
 */
export class RecordingStart {
  private held: Buffer = Buffer.alloc(0);
  private searchedBytes = 0;
  private isRefused = false;
  private needsHeader = false;

  /**
   * @returns the first chunks of a session; empty while no start is found
   * @throws UnsupportedAudioError once; later chunks give nothing until a recording begins
   */
  write(chunk: Uint8Array): Uint8Array[] {
    const bytes = Buffer.concat([this.held, chunk]);
    const start = this.find(bytes, bytes.length - chunk.byteLength);
    this.searchedBytes += chunk.byteLength;
    if (Array.isArray(start)) {
      this.held = Buffer.alloc(0);
      this.searchedBytes = 0;
      this.isRefused = false;
      return start;
    }
    this.held = Buffer.from(bytes.subarray(start === 'more' ? -SEARCH_BYTES : -TAIL_BYTES));
    if (this.isRefused || (start === 'more' && this.searchedBytes < SEARCH_BYTES)) return [];
    this.isRefused = true;
    throw new UnsupportedAudioError(
      'The audio is in no format that is known, or comes without its header: start the recorder anew.',
    );
  }

  /** The latest recording is over. @param wasHeard whether it had any audio */
  ended(wasHeard: boolean): void {
    // The bytes only looked like audio, and the client has the error: the next session needs a header.
    this.needsHeader = !wasHeard;
    this.isRefused = !wasHeard;
  }

  private find(bytes: Buffer, chunkAt: number): Uint8Array[] | 'more' | 'none' {
    const header = findHeader(bytes);
    if (header !== undefined) return [bytes.subarray(header)];
    if (this.needsHeader) return 'none';
    // The first chunk may also be a format that has frame headers only; inside a chunk those would be found by chance.
    const at = this.searchedBytes < SNIFF_BYTES ? 0 : chunkAt;
    if (bytes.length - at < SNIFF_BYTES) return 'more';
    if (sniffContainer(bytes.subarray(at)) !== undefined) return [bytes.subarray(at)];
    const continuation = findContinuation(bytes);
    return typeof continuation === 'number' ? [OPUS_WEBM_HEADER, bytes.subarray(continuation)] : continuation;
  }
}
