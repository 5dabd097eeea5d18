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

/**
 * s16le 24 kHz mono to a file of `target`, through one ffmpeg process. Reading slowly slows the source down; leaving the
 * iteration kills the process. A failure of the source is thrown as it is.
 */
export async function* encodeWithFfmpeg(
  path: string,
  pcm: AsyncIterable<Uint8Array>,
  target: FfmpegTarget,
): AsyncGenerator<Uint8Array> {
  let sourceFailure: { error: unknown } | undefined;
  const noteFailure = (error: unknown): void => {
    sourceFailure = { error };
  };
  const input = Readable.from(noting(pcm, noteFailure), { objectMode: false });
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
  try {
    command.run();
    for await (const chunk of output) yield chunk as Buffer;
    await finished;
  } catch (error) {
    throw sourceFailure === undefined ? error : sourceFailure.error;
  } finally {
    isLeft = true;
    command.kill('SIGKILL');
    input.destroy();
  }
}

async function* noting<T>(source: AsyncIterable<T>, onFailure: (error: unknown) => void): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    onFailure(error);
    throw error;
  }
}
