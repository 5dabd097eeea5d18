import { DecodeFailedError } from '../../common/errors/session-errors.js';
import type { DecoderLimits } from '../decoder-limits.js';
import type { AsyncAudio, SegmentDecoder } from '../recording/segment-decoder.js';
import { DecodingProcess, type DecodingInput } from './decoding-process.js';
import type { Replay } from '../replay/replay.js';

const MAX_RESTARTS = 3;

/** A recording that ffmpeg decodes while it arrives. When ffmpeg dies another one goes on in its place. */
export class FfmpegSegment implements SegmentDecoder {
  readonly asyncAudio: AsyncAudio = { ready: () => this.process.changed(), read: () => this.read() };
  private process: DecodingProcess;
  /** Samples given until now. */
  private givenSamples = 0;
  private restarts = 0;
  private hasEnded = false;
  private isFreed = false;

  constructor(
    private readonly path: string,
    private readonly input: DecodingInput,
    private readonly replay: Replay,
    private readonly limits: DecoderLimits,
  ) {
    this.process = new DecodingProcess(path, input);
  }

  async *write(bytes: Buffer): AsyncGenerator<Int16Array> {
    // The container has said where its audio ends; bytes behind it hold none.
    if (this.process.isOver && this.process.hasCompleted) return;
    if (this.process.isOver) this.restart();
    this.replay.note(bytes);
    this.process.write(bytes);
    yield* this.until(() => (this.process.isOver ? this.process.hasCompleted : this.process.isReady));
  }

  async *finish(): AsyncGenerator<Int16Array> {
    this.hasEnded = true;
    this.process.end();
    yield* this.until(() => this.process.isOver && !this.process.wasKilled);
    if (this.givenSamples === 0 && this.process.hasFailed) throw damaged();
  }

  free(): void {
    this.isFreed = true;
    this.process.kill();
  }

  durableFrom(bytes: number): number | undefined {
    return this.replay.durableFrom(bytes);
  }

  private *read(): Generator<Int16Array> {
    for (const samples of this.process.read()) {
      this.givenSamples += samples.length;
      yield samples;
    }
  }

  /** Gives audio until `isSo` holds for the process or for one that has replaced it. */
  private async *until(isSo: () => boolean): AsyncGenerator<Int16Array> {
    for (;;) {
      yield* this.read();
      if (isSo() || this.isFreed) return;
      if (this.process.isOver) this.restart();
      else if (!(await this.changesInTime())) this.process.kill();
    }
  }

  private async changesInTime(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), this.limits.stallMs);
    });
    const isInTime = await Promise.race([this.process.changed().then(() => true), timeout]);
    clearTimeout(timer);
    return isInTime;
  }

  private restart(): void {
    // A process that fails at the beginning by itself would fail again.
    const isWorthwhile = (this.givenSamples > 0 || this.process.wasKilled) && this.restarts++ < MAX_RESTARTS;
    const resumption = isWorthwhile ? this.replay.from(this.givenSamples) : undefined;
    if (resumption === undefined) throw damaged();
    const skipSamples = Math.max(0, this.givenSamples - resumption.position);
    this.process = new DecodingProcess(this.path, this.input, skipSamples);
    for (const bytes of resumption.bytes) this.process.write(bytes);
    if (this.hasEnded) this.process.end();
  }
}

function damaged(): DecodeFailedError {
  return new DecodeFailedError('The recording is damaged.');
}
