import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { collect, oneByOne } from '../../../test/support/audio/decode-all.js';
import { ffmpegMissing, ffmpegPath } from '../../../test/support/audio/ffmpeg.js';
import { recording } from '../../../test/support/audio/fixtures.js';
import { createAudioDecoder } from '../create-audio-decoder.js';
import { encodeWithFfmpeg } from './encode-with-ffmpeg.js';
import { FfmpegProcess } from './ffmpeg-process.js';

const describeIfFfmpeg = ffmpegMissing === undefined ? describe : describe.skip;

// In a file of its own, since fluent-ffmpeg remembers for the whole process what it has asked.
describeIfFfmpeg(FfmpegProcess.name, () => {
  let folder: string;
  let program: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ffmpeg-'));
    program = join(folder, 'ffmpeg');
    writeFileSync(program, `#!/bin/sh\necho "$@" >> '${folder}/calls'\nexec '${ffmpegPath}' "$@"\n`);
    chmodSync(program, 0o755);
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function calls(): string[] {
    return readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
  }

  it('is the only process that a recording starts', async () => {
    const sut = createAudioDecoder({ codec: 'auto' }, { ffmpegPath: program });

    expect((await collect(sut, [recording('ko-hello.aac')])).length).toBeGreaterThan(0);
    expect(calls()).toHaveLength(1);
  });

  it('has no company when speech is encoded either', async () => {
    const target = { codec: 'flac', container: 'flac', options: [] };
    let bytes = 0;

    for await (const chunk of encodeWithFfmpeg(program, oneByOne([new Uint8Array(48_000)]), target))
      bytes += chunk.length;

    expect(bytes).toBeGreaterThan(0);
    expect(calls()).toHaveLength(1);
  });
});
