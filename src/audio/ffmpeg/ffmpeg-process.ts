import { PassThrough } from 'node:stream';
import createCommand, { type FfmpegCommand } from 'fluent-ffmpeg';
import { SPEECH_SAMPLE_RATE } from '../../common/audio/pcm.js';
import type { Container } from '../recording/segment-decoder.js';
import { INHERITED_FILE, tame } from './tame-command.js';
import { ChangeNotifier } from './change-notifier.js';

/** The demuxers of ffmpeg that clients may reach. It is told which one to use and never guesses. */
export type FfmpegFormat = Container;

export interface FfmpegInput {
  format: FfmpegFormat;
  /** The descriptor of a file to read, else what is written to the process. */
  file?: number;
}

/** Half a second of audio on its way, and as much compressed audio as a recorder gives at once. */
const BUFFER_BYTES = 16_384;
const MAX_ALLOCATION_BYTES = 67_108_864;

/**
 * One ffmpeg that turns one recording into speech PCM. What it is fed comes from
 * strangers, so it may open nothing but its pipe or the one file, and runs no shell. Closing our end of its pipe ends it, even
 * when this process dies.
 */
export class FfmpegProcess {
  private readonly command: FfmpegCommand;
  private readonly input = new PassThrough({ highWaterMark: BUFFER_BYTES });
  // fluent-ffmpeg kills a process 20 ms after this stream has closed, which a process that is about to exit does not deserve.
  private readonly output = new PassThrough({ highWaterMark: BUFFER_BYTES, autoDestroy: false });
  private readonly changes = new ChangeNotifier();
  private outcome: 'running' | 'complete' | 'failed' | 'killed' = 'running';
  private hasStarted = false;
  private isKilled = false;
  private isDrained = true;

  constructor(path: string, { format, file }: FfmpegInput) {
    this.command = createCommand()
      .setFfmpegPath(path)
      .input(file === undefined ? this.input : INHERITED_FILE)
      .inputOptions(['-nostdin', '-hide_banner', '-loglevel', 'error', '-threads', '1'])
      .inputOptions(['-max_alloc', `${MAX_ALLOCATION_BYTES}`])
      .inputOptions(['-protocol_whitelist', file === undefined ? 'pipe' : 'file'])
      // No look-ahead. `-fflags nobuffer` is left out on purpose: it drops the packets that were looked at.
      .inputOptions(['-probesize', '32', '-analyzeduration', '0', '-f', format])
      .outputOptions(['-map', '0:a:0', '-vn', '-sn', '-dn', '-ac', '1', '-ar', `${SPEECH_SAMPLE_RATE}`])
      .outputOptions(['-f', 's16le', '-flush_packets', '1'])
      .output(this.output, { end: true });
    tame(this.command, file);
    this.command.on('start', () => this.started());
    this.command.on('end', () => this.ended('complete'));
    this.command.on('error', ({ message }: Error) => {
      this.ended(message.includes('killed with signal') ? 'killed' : 'failed');
    });
    this.input.on('drain', () => this.changed(true));
    this.output.on('readable', () => this.changes.notify());
    this.output.on('end', () => this.changes.notify());
    this.command.run();
  }

  /** Whether it has taken what was written, apart from what fits its pipe. */
  get isReady(): boolean {
    return this.isDrained;
  }

  /** Whether it has exited and all of its output was read. */
  get isOver(): boolean {
    return this.outcome !== 'running' && (this.output.readableEnded || !this.hasStarted);
  }

  /** Whether it has come to the end of the recording. */
  get hasCompleted(): boolean {
    return this.outcome === 'complete';
  }

  /** Whether it has given up by itself. */
  get hasFailed(): boolean {
    return this.outcome === 'failed';
  }

  /** Whether it was ended from outside, by a signal. */
  get wasKilled(): boolean {
    return this.outcome === 'killed';
  }

  write(bytes: Uint8Array): void {
    // Copied, since the bytes are read later than their owner may overwrite them.
    this.isDrained = this.input.write(Buffer.from(bytes));
  }

  /** No more input: it will give what it still holds, and exit. */
  end(): void {
    this.input.end();
  }

  /** What it has given until now. */
  read(): Buffer | null {
    return this.output.read() as Buffer | null;
  }

  /** Settles when there is more to read, when it takes input again, or when it has exited. */
  change(): Promise<void> {
    return this.changes.wait();
  }

  kill(): void {
    this.isKilled = true;
    this.isDrained = true;
    this.command.kill('SIGKILL');
    this.input.destroy();
    this.output.resume();
    this.changes.notify();
  }

  private started(): void {
    this.hasStarted = true;
    // Until now there was nothing that `kill` could have killed.
    if (this.isKilled) this.command.kill('SIGKILL');
  }

  private ended(outcome: 'complete' | 'failed' | 'killed'): void {
    this.outcome = outcome;
    this.changed(true);
  }

  private changed(isDrained: boolean): void {
    this.isDrained = isDrained;
    this.changes.notify();
  }
}
