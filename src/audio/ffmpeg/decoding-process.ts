import { PassThrough } from 'node:stream';
import { BYTES_PER_SAMPLE, SPEECH_SAMPLE_RATE } from '../../common/audio/pcm.js';
import type { Container } from '../recording/segment-decoder.js';
import { ChangeNotifier } from './change-notifier.js';
import { FfmpegProcess, PIPE_BUFFER_BYTES, type FfmpegExit } from './ffmpeg-process.js';

export interface DecodingInput {
  /** The demuxer to use: ffmpeg is told and never guesses, so clients reach no other one. */
  format: Container;
  /** The descriptor of a file to read. Without it the process reads what is written to it. */
  file?: number;
}

const MAX_ALLOCATION_BYTES = 67_108_864;

/**
 * One ffmpeg that turns one recording into speech PCM. Its input comes from strangers, so it may open nothing but its pipe or the one
 * file, and no shell runs. The system closes its pipe when this process dies, which ends it.
 */
export class DecodingProcess {
  private readonly process: FfmpegProcess;
  private readonly input = new PassThrough({ highWaterMark: PIPE_BUFFER_BYTES });
  private readonly changes = new ChangeNotifier();
  private readonly reader: SampleReader;
  private exit: FfmpegExit['reason'] | undefined;
  private isDrained = true;

  /** @param skipSamples of its output that are left out, because they are known already */
  constructor(path: string, { format, file }: DecodingInput, skipSamples = 0) {
    this.reader = new SampleReader(skipSamples);
    this.process = new FfmpegProcess(path, {
      input: file ?? this.input,
      inputOptions: [
        '-nostdin',
        '-threads 1',
        `-max_alloc ${MAX_ALLOCATION_BYTES}`,
        `-protocol_whitelist ${file === undefined ? 'pipe' : 'file'}`,
        // No look-ahead. `-fflags nobuffer` is left out on purpose: it drops the packets that were looked at.
        '-probesize 32',
        '-analyzeduration 0',
        `-f ${format}`,
      ],
      outputOptions: ['-map 0:a:0', '-vn', '-sn', '-dn', '-ac 1', `-ar ${SPEECH_SAMPLE_RATE}`, '-f s16le'],
    });
    this.input.on('drain', () => this.onDrained());
    this.process.output.on('readable', () => this.changes.notify()).on('end', () => this.changes.notify());
    void this.process.exit.then(({ reason }) => {
      this.exit = reason;
      this.onDrained();
    });
  }

  /** Whether it has taken what was written, but for what fits its pipe. */
  get isReady(): boolean {
    return this.isDrained;
  }

  /** Whether it has exited and all of its output was read. */
  get isOver(): boolean {
    return this.exit === 'broken' || (this.exit !== undefined && this.process.output.readableEnded);
  }

  /** Whether it has come to the end of the recording. */
  get hasCompleted(): boolean {
    return this.exit === 'complete';
  }

  /** Whether it has given up by itself, or never started. */
  get hasFailed(): boolean {
    return this.exit === 'failed' || this.exit === 'broken';
  }

  /** Whether a signal has ended it. */
  get wasKilled(): boolean {
    return this.exit === 'killed';
  }

  write(bytes: Uint8Array): void {
    // Copied, since the bytes are read later than their owner may overwrite them.
    this.isDrained = this.input.write(Buffer.from(bytes));
  }

  /** No more input: it gives what it still holds, and exits. */
  end(): void {
    this.input.end();
  }

  /** The samples that it has given since the last call. */
  *read(): Generator<Int16Array> {
    const { output } = this.process;
    for (let bytes = output.read() as Buffer | null; bytes !== null; bytes = output.read() as Buffer | null) {
      const samples = this.reader.read(bytes);
      if (samples.length > 0) yield samples;
    }
  }

  /** Resolves when there is more to read, when it takes input again, or when it has exited. */
  changed(): Promise<void> {
    return this.changes.wait();
  }

  kill(): void {
    this.process.kill();
    this.input.destroy();
    this.process.output.resume();
    this.onDrained();
  }

  private onDrained(): void {
    this.isDrained = true;
    this.changes.notify();
  }
}

/** Samples from the bytes of a pipe, which cuts them anywhere. */
export class SampleReader {
  private cut = Buffer.alloc(0);
  private skipBytes: number;

  /** @param skipSamples samples at the beginning that are left out */
  constructor(skipSamples: number) {
    this.skipBytes = skipSamples * BYTES_PER_SAMPLE;
  }

  read(chunk: Buffer): Int16Array {
    const skipped = Math.min(this.skipBytes, chunk.length);
    this.skipBytes -= skipped;
    const bytes = Buffer.concat([this.cut, chunk.subarray(skipped)]);
    const samples = new Int16Array(Math.floor(bytes.length / BYTES_PER_SAMPLE));
    bytes.copy(Buffer.from(samples.buffer));
    this.cut = bytes.subarray(samples.length * BYTES_PER_SAMPLE);
    return samples;
  }
}
