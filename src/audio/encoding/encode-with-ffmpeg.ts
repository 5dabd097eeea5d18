import { Readable } from 'node:stream';
import { FfmpegProcess } from '../ffmpeg/ffmpeg-process.js';
import { SYNTHESIS_SAMPLE_RATE } from './audio-format.js';

export interface FfmpegTarget {
  codec: string;
  container: string;
  options: readonly string[];
}

/** Samples are taken at once: without the last two, ffmpeg first collects what it needs to guess the input. */
const INPUT_OPTIONS = [
  '-f s16le',
  `-ar ${SYNTHESIS_SAMPLE_RATE}`,
  '-ac 1',
  '-probesize 32',
  '-analyzeduration 0',
];

/** A process that neither takes nor gives anything for this long, although it should, counts as dead. */
const STALL_MS = 10_000;

/**
 * s16le 24 kHz mono to a file of `target`, through one ffmpeg process. Reading slowly slows the source down; leaving the
 * iteration kills the process. A failure of the source is thrown as it is.
 */
export async function* encodeWithFfmpeg(
  path: string,
  pcm: AsyncIterable<Uint8Array>,
  { codec, container, options }: FfmpegTarget,
  stallMs = STALL_MS,
): AsyncGenerator<Uint8Array> {
  let sourceFailure: { error: unknown } | undefined;
  let progress = 0;
  async function* observed(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of pcm) {
        progress++;
        yield chunk;
      }
    } catch (error) {
      sourceFailure = { error };
      throw error;
    }
  }
  const input = Readable.from(observed(), { objectMode: false });
  const ffmpeg = new FfmpegProcess(path, {
    input,
    inputOptions: INPUT_OPTIONS,
    outputOptions: [`-acodec ${codec}`, `-f ${container}`, ...options],
  });
  // Without this, what is read of a process that has failed would not end.
  void ffmpeg.exit.then((exit) => {
    if (exit.reason !== 'complete') ffmpeg.output.destroy(exit.error);
  });
  let isReaderWaiting = true;
  let seenProgress = 0;
  const stallWatch = setInterval(() => {
    // A slow source or a slow reader is no stall: the process has to have work, and somebody has to wait for it.
    const hasWork = input.readableEnded || input.isPaused();
    if (isReaderWaiting && hasWork && progress === seenProgress) ffmpeg.kill();
    seenProgress = progress;
  }, stallMs);
  try {
    for await (const chunk of ffmpeg.output) {
      progress++;
      isReaderWaiting = false;
      yield chunk as Buffer;
      isReaderWaiting = true;
    }
    // The output may end before the process has told how it ended.
    const exit = await ffmpeg.exit;
    if (exit.reason !== 'complete') throw exit.error;
  } catch (error) {
    throw sourceFailure === undefined ? error : sourceFailure.error;
  } finally {
    clearInterval(stallWatch);
    ffmpeg.kill();
    input.destroy();
  }
}
