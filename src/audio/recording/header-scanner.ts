import { ByteWindow } from '../byte-window.js';
import { Workload } from '../workload.js';
import { LOOK_BEHIND_BYTES, SIGNATURES, type Signature, type Verdict } from './container-signature.js';
import {
  classifyFrames,
  classifyInfoFrame,
  mayBeMpeg,
  streamsBeginningWith,
  type FrameStream,
} from './frame-chain.js';
import type { Container } from './segment-decoder.js';

/** A stretch of the session's bytes; `header` when a recording begins with it. Valid until the next `write`. */
export interface Stretch {
  bytes: Buffer;
  header: Container | undefined;
}

/** What the scanner has to know of the recording that runs. */
export interface Running {
  /** Undefined before the first one. */
  readonly container: Container | undefined;
  /** Whether frames of this kind are part of it here. Call it when all bytes before them were written to it. */
  mayHold(stream: FrameStream): boolean;
}

/** Room for the bytes of one `write`, those that are held back (three frames of AC-3), and those that are looked back at. */
const MAX_WINDOW_BYTES = 131_072;
const PIECE_BYTES = 65_536;
/** Passed on at a time at the beginning of a session. */
const FIRST_BYTES = 16;
/** Bytes that are read to classify one candidate, about. */
const CLASSIFIED_BYTES = 32;

/** What may begin at a byte, by it and the next one; where the next one has not come, by the first. */
interface Candidates {
  signatures: readonly Signature[];
  streams: readonly FrameStream[];
}
const BY_PAIR = candidatesByPair();
const BY_FIRST = candidatesByFirst(BY_PAIR);
const IS_PAIR = Uint8Array.from(BY_PAIR, (candidates) => (candidates === undefined ? 0 : 1));
const FTYP_AT = 4;
const FIRST_OF_FTYP = 0x66;

/**
 * Splits a session at the headers of its recordings, wherever the chunks were cut. It holds back only the few bytes
 * that begin a header or not depending on the next chunk. Each byte is passed once, so the work does not grow with the number of
 * false beginnings.
 */
export class HeaderScanner {
  private readonly window = new ByteWindow(MAX_WINDOW_BYTES);
  /** Bytes of the window that were passed on already. */
  private passed = 0;
  /** The latest header, which may not have been passed on yet. */
  private latest: Container | undefined;

  constructor(
    private readonly work: Workload,
    private readonly running: Running,
  ) {}

  *write(chunk: Buffer): Generator<Stretch> {
    this.window.append(chunk);
    this.work.add('bytes', chunk.length);
    const bytes = this.window.bytes;
    let header: Container | undefined;
    let from = this.passed;
    let end = bytes.length;
    let isUnknown = this.container === undefined;
    for (
      let at = nextCandidate(bytes, from, isUnknown);
      at < bytes.length;
      at = nextCandidate(bytes, at + 1, isUnknown)
    ) {
      // The first bytes are passed on at once: a recording without a header is recognised by them.
      if (isUnknown && at - from >= FIRST_BYTES) {
        yield { bytes: bytes.subarray(from, at), header };
        from = at;
        isUnknown = this.container === undefined;
      }
      const candidates = candidatesAt(bytes, at);
      if (candidates === undefined) continue;
      const verdict = this.classify(bytes, at, candidates);
      if (verdict === 'no') continue;
      if (verdict === 'more') {
        end = at;
        break;
      }
      if (at > from) {
        yield { bytes: bytes.subarray(from, at), header };
        header = undefined;
        from = at;
      }
      if (!verdict.isCertain && this.running.mayHold(verdict.container as FrameStream)) continue;
      header = verdict.container;
      this.latest = header;
      isUnknown = false;
    }
    if (end > from) yield { bytes: bytes.subarray(from, end), header };
    this.keepFrom(end);
  }

  *finish(): Generator<Stretch> {
    const rest = this.window.bytes.subarray(this.passed);
    if (rest.length > 0) yield { bytes: rest, header: undefined };
    this.keepFrom(this.window.length);
  }

  private get container(): Container | undefined {
    return this.latest ?? this.running.container;
  }

  private keepFrom(end: number): void {
    const behind = Math.min(end, LOOK_BEHIND_BYTES);
    this.window.consume(end - behind);
    this.passed = behind;
  }

  private classify(bytes: Buffer, at: number, { signatures, streams }: Candidates): Found | 'more' | 'no' {
    this.work.add('bytes', CLASSIFIED_BYTES);
    const rest = bytes.subarray(at);
    const before = bytes.subarray(Math.max(0, at - LOOK_BEHIND_BYTES), at);
    let isOpen = false;
    for (const { container, classify } of signatures) {
      const verdict = classify(rest, before);
      if (verdict === 'yes') return { container, isCertain: true };
      isOpen ||= verdict === 'more';
    }
    for (const stream of streams) {
      const verdict = this.classifyStream(rest, stream);
      if (verdict === 'yes') return { container: stream, isCertain: stream === this.container };
      isOpen ||= verdict === 'more';
    }
    return isOpen ? 'more' : 'no';
  }

  /** The first bytes of a session are sniffed instead. In a stream of frames of the same kind only an Info frame begins a new recording. */
  private classifyStream(rest: Buffer, stream: FrameStream): Verdict {
    const { container } = this;
    if (stream === 'mp3' && (container === undefined || container === 'mp3')) return classifyInfoFrame(rest);
    return container === undefined || container === stream ? 'no' : classifyFrames(rest, stream, this.work);
  }
}

/** Where the first recording begins whose header is in the bytes. */
export function findHeader(bytes: Buffer): number | undefined {
  const scanner = new HeaderScanner(new Workload(), { container: undefined, mayHold: () => false });
  let at = 0;
  for (let from = 0; from < bytes.length; from += PIECE_BYTES)
    for (const stretch of scanner.write(bytes.subarray(from, from + PIECE_BYTES))) {
      if (stretch.header !== undefined) return at;
      at += stretch.bytes.length;
    }
  return undefined;
}

interface Found {
  container: Container;
  /** Whether it begins a recording, whatever the running recording may hold. */
  isCertain: boolean;
}

/** Where a header may begin, from `from` on; before the first recording, at every byte. */
function nextCandidate(bytes: Buffer, from: number, isAny: boolean): number {
  if (isAny || from >= bytes.length) return from;
  const tail = Math.max(from, bytes.length - FTYP_AT);
  let pair = bytes[from]!;
  for (let at = from; at < tail; at++) {
    pair = ((pair & 255) << 8) | bytes[at + 1]!;
    if (IS_PAIR[pair] === 1 && mayBeginAt(bytes, at)) return at;
  }
  let at = tail;
  while (at < bytes.length && BY_FIRST[bytes[at]!] === undefined) at++;
  return at;
}

/** A second check by the next bytes, for the pairs that are frequent in PCM: those of zeros and ones. */
function mayBeginAt(bytes: Buffer, at: number): boolean {
  const first = bytes[at]!;
  // A box begins with its size, of which the first bytes are zeros, and its type.
  if (first === 0) return bytes[at + FTYP_AT] === FIRST_OF_FTYP;
  return first !== 0xff || mayBeMpeg(bytes[at + 1]!, bytes[at + 2]!);
}

function candidatesAt(bytes: Buffer, at: number): Candidates | undefined {
  const first = BY_FIRST[bytes[at]!];
  if (first === undefined || at + 1 >= bytes.length) return first;
  return BY_PAIR[(bytes[at]! << 8) | bytes[at + 1]!];
}

function candidatesByPair(): (Candidates | undefined)[] {
  return Array.from({ length: 65_536 }, (_, pair) => {
    const [first, second] = [pair >> 8, pair & 255];
    const signatures = SIGNATURES.filter(({ start }) => start[0] === first && start[1] === second);
    const streams = streamsBeginningWith(first, second);
    return signatures.length === 0 && streams.length === 0 ? undefined : { signatures, streams };
  });
}

function candidatesByFirst(byPair: readonly (Candidates | undefined)[]): (Candidates | undefined)[] {
  return Array.from({ length: 256 }, (_, first) => {
    const all = byPair.slice(first << 8, (first + 1) << 8).filter((each) => each !== undefined);
    if (all.length === 0) return undefined;
    return {
      signatures: all.flatMap(({ signatures }) => signatures),
      streams: [...new Set(all.flatMap(({ streams }) => streams))],
    };
  });
}
