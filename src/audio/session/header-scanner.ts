import { SIGNATURES } from './container-signature.js';
import type { Container } from './segment-decoder.js';

/** From the first byte of a header to the last of its magic. */
const LONGEST_MAGIC_BYTES = Math.max(...SIGNATURES.map(({ magic, magicAt }) => magicAt + magic.length));

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

/** Where the next header may begin, or at the end what may become one; -1 when there is none. */
function nextCandidate(bytes: Buffer, from: number): number {
  let first = -1;
  for (const { magic, magicAt } of SIGNATURES) {
    const at = bytes.indexOf(magic, from + magicAt) - magicAt;
    if (at >= from && (first < 0 || at < first)) first = at;
  }
  const tail = Math.max(from, bytes.length - LONGEST_MAGIC_BYTES + 1);
  const end = first < 0 ? bytes.length : Math.min(first, bytes.length);
  for (let at = tail; at < end; at++) if (judge(bytes, at) === 'more') return at;
  return first;
}

function judge(bytes: Buffer, at: number): Container | 'more' | undefined {
  for (const { container, lead, magic, magicAt, bytes: needed, isHeader } of SIGNATURES) {
    if (!agrees(bytes, at, lead) || !agrees(bytes, at + magicAt, magic)) continue;
    if (bytes.length - at < needed) return 'more';
    if (isHeader(bytes.subarray(at, at + needed))) return container;
  }
  return undefined;
}

/** Whether the bytes are `expected`, as far as they have come. */
function agrees(bytes: Buffer, at: number, expected: Buffer): boolean {
  const known = Math.max(0, Math.min(expected.length, bytes.length - at));
  return (
    bytes.compare(expected, 0, known, Math.min(at, bytes.length), Math.min(at, bytes.length) + known) === 0
  );
}
