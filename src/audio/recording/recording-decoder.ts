import { setImmediate as nextTurn } from 'node:timers/promises';
import { SPEECH_SAMPLE_RATE } from '../../common/audio/pcm.js';
import { DecodeFailedError, UnsupportedAudioError } from '../../common/errors/session-errors.js';
import type { AudioCodec, AudioDecoder } from '../audio-decoder.js';
import type { RecordingAllowance } from '../decoder-limits.js';
import type { Workload } from '../workload.js';
import { bytesToSniff, isHeaderless, sniffContainer } from './container-signature.js';
import type { FrameStream } from './frame-chain.js';
import { HeaderScanner, type Running, type Stretch } from './header-scanner.js';
import type { AsyncAudio, Container, SegmentDecoder } from './segment-decoder.js';
import type { SegmentOpener } from './segment-opener.js';

/** Bytes decoded at a time, so that a large chunk neither blocks the event loop nor gives all its audio at once. */
const SLICE_BYTES = 4_096;
const BLOCK_SAMPLES = SPEECH_SAMPLE_RATE;

/** Recordings kept for `durableFrom`. Older ones are durable as a whole. */
const MAX_REMEMBERED = 16;

/**
 * No recording holds more audio than that in its bytes: digital silence in Opus and FLAC holds up to 650 samples in one. More than that
 * beyond the first minute means that a header states a wrong rate.
 */
const MAX_SAMPLES_PER_BYTE = 1_000;
const FREE_SAMPLES = 60 * SPEECH_SAMPLE_RATE;

export interface RecordingDecoderOptions {
  opener: SegmentOpener;
  work: Workload;
  allowance: RecordingAllowance;
  /** Decides for streams without a header whose first frame is cut, such as an MP3 that is already running. */
  declared: AudioCodec;
}

/** One recording and its place in the session. */
interface RecordingSpan {
  segment: SegmentDecoder;
  firstByte: number;
  firstSample: number;
  /** In bytes and samples of the session; not before it is over. */
  end?: { bytes: number; samples: number };
}

/** A session of one or more recordings in containers that tell what they are. */
export class RecordingDecoder implements AudioDecoder, Running {
  container: Container | undefined;
  private readonly scanner: HeaderScanner;
  private segment: SegmentDecoder | undefined;
  /** The last one is the running one. */
  private readonly recordings: RecordingSpan[] = [];
  /** Bytes that were given to segments, and the samples that came of them. */
  private decodedBytes = 0;
  private givenSamples = 0;
  /** Bytes that have come. */
  private arrivedBytes = 0;
  /** The first bytes of the session, too few to tell what it is. */
  private unknown: Buffer = Buffer.alloc(0);
  private isFreed = false;

  constructor(private readonly options: RecordingDecoderOptions) {
    this.scanner = new HeaderScanner(options.work, this);
  }

  async *decode(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Int16Array> {
    const input = chunks[Symbol.asyncIterator]();
    let isAwaiting = false;
    try {
      for (;;) {
        const next = input.next();
        isAwaiting = true;
        if (this.segment?.asyncAudio !== undefined) yield* this.readAsyncAudio(this.segment.asyncAudio, next);
        const { done, value } = await next;
        isAwaiting = false;
        if (this.isFreed) return;
        if (done) break;
        yield* this.decodeChunk(value);
      }
      yield* joinBlocks(this.decodeRest(), BLOCK_SAMPLES);
    } finally {
      this.free();
      const closing = input.return?.();
      // A chunk that is still awaited may never come; the input closes when it does.
      if (isAwaiting) closing?.catch(() => undefined);
      else await closing;
    }
  }

  free(): void {
    this.isFreed = true;
    this.closeSegment();
    this.options.opener.free();
  }

  mayHold(stream: FrameStream): boolean {
    return this.segment?.mayHold?.(stream) ?? false;
  }

  durableFrom(bytes: number): number | undefined {
    while (this.recordings.length > 0 && bytes > (this.recordings[0]!.end?.bytes ?? Infinity))
      this.recordings.shift();
    const recording = this.recordings[0];
    if (recording === undefined) return undefined;
    const { segment, firstByte, firstSample, end } = recording;
    if (bytes <= firstByte) return firstSample;
    const samples = segment.durableFrom(bytes - firstByte);
    return samples === undefined ? end?.samples : Math.min(firstSample + samples, end?.samples ?? Infinity);
  }

  private async *readAsyncAudio(audio: AsyncAudio, next: Promise<unknown>): AsyncGenerator<Int16Array> {
    const wait = { isOver: false };
    const end = (): void => {
      wait.isOver = true;
    };
    const arrival = next.then(end, end);
    while (!wait.isOver && !this.isFreed) {
      await Promise.race([arrival, audio.ready()]);
      yield* this.counted(audio.read());
    }
  }

  private async *decodeChunk(chunk: Uint8Array): AsyncGenerator<Int16Array> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at < bytes.length && !this.isFreed; at += SLICE_BYTES) {
      if (at > 0) await nextTurn();
      const slice = bytes.subarray(at, at + SLICE_BYTES);
      this.arrivedBytes += slice.length;
      yield* joinBlocks(this.decodeStretches(this.scanner.write(slice)), BLOCK_SAMPLES);
    }
  }

  private async *decodeRest(): AsyncGenerator<Int16Array> {
    yield* this.decodeStretches(this.scanner.finish());
    if (this.unknown.length > 0) throw unknownContainer(this.unknown);
    if (this.segment !== undefined) yield* this.counted(this.segment.finish());
  }

  private async *decodeStretches(stretches: Iterable<Stretch>): AsyncGenerator<Int16Array> {
    for (const { bytes, header } of stretches) {
      if (this.isFreed) return;
      if (header !== undefined) {
        if (this.segment !== undefined) yield* this.counted(this.segment.finish());
        await this.open(header);
      }
      if (this.segment !== undefined) yield* this.counted(this.segment.write(bytes));
      else yield* this.counted(this.sniff(bytes));
      this.decodedBytes += bytes.length;
    }
  }

  private async *sniff(bytes: Buffer): AsyncGenerator<Int16Array> {
    const start = Buffer.concat([this.unknown, bytes]);
    this.unknown = start;
    if (start.length < bytesToSniff(start)) return;
    const container = sniffContainer(start) ?? frameStream(this.options.declared);
    if (container === undefined) throw unknownContainer(start);
    yield* (await this.open(container, 0)).write(start);
  }

  private async *counted(
    blocks: Iterable<Int16Array> | AsyncIterable<Int16Array>,
  ): AsyncGenerator<Int16Array> {
    for await (const block of blocks) {
      this.givenSamples += block.length;
      this.options.allowance.addSamples(block.length);
      if (this.givenSamples > FREE_SAMPLES + MAX_SAMPLES_PER_BYTE * this.arrivedBytes)
        throw new DecodeFailedError('The recording claims more audio than its bytes can hold.');
      yield block;
      if (this.options.work.shouldYield()) await nextTurn();
    }
  }

  private async open(container: Container, firstByte = this.decodedBytes): Promise<SegmentDecoder> {
    this.closeSegment();
    const last = this.recordings.at(-1);
    if (last !== undefined) last.end = { bytes: firstByte, samples: this.givenSamples };
    this.unknown = Buffer.alloc(0);
    this.options.allowance.begin(1);
    const segment = await this.options.opener.open(container);
    if (this.isFreed) segment.free();
    else {
      this.segment = segment;
      this.container = container;
    }
    this.recordings.push({ segment, firstByte, firstSample: this.givenSamples });
    if (this.recordings.length > MAX_REMEMBERED) this.recordings.shift();
    return segment;
  }

  private closeSegment(): void {
    this.segment?.free();
    this.segment = undefined;
    this.container = undefined;
  }
}

function frameStream(declared: AudioCodec): Container | undefined {
  return declared === 'aac' || declared === 'mp3' ? declared : undefined;
}

function unknownContainer(start: Buffer): UnsupportedAudioError {
  const message = isHeaderless(start)
    ? 'The recording comes without its header: send its first chunk before this one, or start the recorder anew.'
    : 'The audio is in no format that is known. Raw PCM has to be declared; a recording has to begin with its first chunk.';
  return new UnsupportedAudioError(message);
}

/**
 * Joins short blocks of samples into longer ones. What is there at the end of `blocks` is given at once: nothing waits for
 * later audio. A block that is too long already is passed on as it is.
 */
export async function* joinBlocks(
  blocks: AsyncIterable<Int16Array>,
  maxSamples: number,
): AsyncGenerator<Int16Array> {
  let held: Int16Array[] = [];
  let samples = 0;
  for await (const block of blocks) {
    if (samples > 0 && samples + block.length > maxSamples) {
      yield join(held, samples);
      held = [];
      samples = 0;
    }
    if (block.length > 0) held.push(block);
    samples += block.length;
  }
  if (samples > 0) yield join(held, samples);
}

function join(blocks: readonly Int16Array[], samples: number): Int16Array {
  if (blocks.length === 1) return blocks[0]!;
  const joined = new Int16Array(samples);
  let at = 0;
  for (const block of blocks) {
    joined.set(block, at);
    at += block.length;
  }
  return joined;
}
