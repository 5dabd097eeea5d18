import { SIGNATURES } from './container-signature.js';
import type { Container } from './segment-decoder.js';

const MAGIC_BYTES = 4;

/** A stretch of the session's bytes; `header` when a recording begins with it. */
export interface Stretch {
  bytes: Buffer;
  header: Container | undefined;
}

/**
 * Splits a session at the headers of its recordings, wherever the chunks were cut. It holds back no more than the few bytes
 * of which only the next chunk can tell whether they begin a header.
 */
export class HeaderScanner {
  private held: Buffer = Buffer.alloc(0);

  *push(chunk: Buffer): Generator<Stretch> {
    const bytes = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    let header: Container | undefined;
    let from = 0;
    let end = bytes.length;
    for (let at = nextCandidate(bytes, 0); at >= 0; at = nextCandidate(bytes, at + 1)) {
      const verdict = judge(bytes, at);
      if (verdict === 'more') {
        end = at;
        break;
      }
      if (verdict !== undefined) {
        if (at > from) yield { bytes: bytes.subarray(from, at), header };
        header = verdict;
        from = at;
      }
    }
    if (end > from) yield { bytes: bytes.subarray(from, end), header };
    this.held = Buffer.from(bytes.subarray(end));
  }

  *finish(): Generator<Stretch> {
    if (this.held.length > 0) yield { bytes: this.held, header: undefined };
    this.held = Buffer.alloc(0);
  }
}

/** Where the next magic begins, or at the end what may become one; -1 when there is none. */
function nextCandidate(bytes: Buffer, from: number): number {
  let first = -1;
  for (const { magic } of SIGNATURES) {
    const at = bytes.indexOf(magic, from);
    if (at >= 0 && (first < 0 || at < first)) first = at;
  }
  if (first >= 0) return first;
  for (let at = Math.max(from, bytes.length - MAGIC_BYTES + 1); at < bytes.length; at++)
    if (judge(bytes, at) === 'more') return at;
  return -1;
}

function judge(bytes: Buffer, at: number): Container | 'more' | undefined {
  for (const { container, magic, bytes: needed, isHeader } of SIGNATURES) {
    const known = Math.min(MAGIC_BYTES, bytes.length - at);
    if (bytes.compare(magic, 0, known, at, at + known) !== 0) continue;
    if (bytes.length - at < needed) return 'more';
    if (isHeader(bytes.subarray(at, at + needed))) return container;
  }
  return undefined;
}
