import createCommand from 'fluent-ffmpeg';
import { PassThrough, Readable } from 'node:stream';
import { SYNTHESIS_SAMPLE_RATE } from '../encoding/audio-format.js';
import { tame } from './tame-command.js';

export interface FfmpegTarget {
  codec: string;
  container: string;
  options: readonly string[];
}

/** Take every sample at once: without these, ffmpeg first collects what it needs to guess the input. */
const INPUT_OPTIONS = [
  '-hide_banner',
  '-loglevel error',
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
  target: FfmpegTarget,
  stallMs = STALL_MS,
): AsyncGenerator<Uint8Array> {
  let sourceFailure: { error: unknown } | undefined;
  const noteFailure = (error: unknown): void => {
    sourceFailure = { error };
  };
  let progress = 0;
  const input = Readable.from(
    noting(pcm, () => progress++, noteFailure),
    { objectMode: false },
  );
  // fluent-ffmpeg kills a process soon after this stream has closed, even one that is about to exit.
  const output = new PassThrough({ autoDestroy: false });
  const command = createCommand(input)
    .setFfmpegPath(path)
    .inputFormat('s16le')
    .inputOptions(INPUT_OPTIONS)
    .audioCodec(target.codec)
    .format(target.container)
    .outputOptions([...target.options, '-flush_packets 1'])
    .output(output, { end: true });
  tame(command);
  let isLeft = false;
  // Until it has started there is nothing that could be killed.
  command.on('start', () => {
    if (isLeft) command.kill('SIGKILL');
  });
  const finished = new Promise<void>((resolve, reject) => {
    command.once('end', () => resolve()).on('error', reject);
  });
  // The output may end before the process has told how it ended, so both are awaited.
  finished.catch((error: Error) => output.destroy(error));
  let isReaderWaiting = true;
  let seenProgress = 0;
  const stallWatch = setInterval(() => {
    // A slow source or a slow reader is no stall: it has to have work, and somebody who waits for it.
    const hasWork = input.readableEnded || input.isPaused();
    if (isReaderWaiting && hasWork && progress === seenProgress) command.kill('SIGKILL');
    seenProgress = progress;
  }, stallMs);
  try {
    command.run();
    for await (const chunk of output) {
      progress++;
      isReaderWaiting = false;
      yield chunk as Buffer;
      isReaderWaiting = true;
    }
    await finished;
  } catch (error) {
    throw sourceFailure === undefined ? error : sourceFailure.error;
  } finally {
    clearInterval(stallWatch);
    isLeft = true;
    command.kill('SIGKILL');
    input.destroy();
  }
}

async function* noting<T>(
  source: AsyncIterable<T>,
  onChunk: () => void,
  onFailure: (error: unknown) => void,
): AsyncGenerator<T> {
  try {
    for await (const chunk of source) {
      onChunk();
      yield chunk;
    }
  } catch (error) {
    onFailure(error);
    throw error;
  }
}
