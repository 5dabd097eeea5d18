import { readFileSync } from 'node:fs';
import { createAudioDecoder } from '../../src/audio/create-audio-decoder.js';
import { SPEECH_SAMPLE_RATE } from '../../src/common/audio/pcm.js';
import { recorderChunks, type StreamCost } from './stream-cost.js';

/** Forked, so that its memory is that of the streams alone: decodes a recording in N streams, a chunk of each in turn. */
const [streams, path, seconds] = process.argv.slice(2) as [string, string, string];
const chunks = recorderChunks(readFileSync(path), Number(seconds));

/** A chunk for one stream each time the turn comes round; the last turn never comes, so all streams stay open. */
class Turn {
  private next: (() => void)[] = [];

  async *chunks(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) {
      await new Promise<void>((resolve) => this.next.push(resolve));
      yield chunk;
    }
    await new Promise<void>((resolve) => this.next.push(resolve));
  }

  /** Whether all streams wait for their next chunk. */
  get isDone(): boolean {
    return this.next.length === Number(streams);
  }

  take(): void {
    const next = this.next;
    this.next = [];
    for (const resolve of next) resolve();
  }
}

let samples = 0;
const turn = new Turn();
const before = process.memoryUsage().rss;
for (let count = 0; count < Number(streams); count++) {
  void (async () => {
    for await (const block of createAudioDecoder({ codec: 'auto' }, { ffmpegPath: 'ffmpeg' }).decode(
      turn.chunks(),
    ))
      samples += block.length;
  })();
}
const cpuBefore = process.cpuUsage();
for (let round = 0; round <= chunks.length; round++) {
  while (!turn.isDone) await new Promise(setImmediate);
  if (round < chunks.length) turn.take();
}
const { user, system } = process.cpuUsage(cpuBefore);
const cost: StreamCost = {
  streams: Number(streams),
  cpuMs: (user + system) / 1_000 / (samples / SPEECH_SAMPLE_RATE),
  rssBytes: (process.memoryUsage().rss - before) / Number(streams),
};
process.send?.(cost, () => process.exit(0));
