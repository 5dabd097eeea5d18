import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { collect, oneByOne } from '../../../test/support/audio/decode-all.js';
import { recording } from '../../../test/support/audio/fixtures.js';
import { itWithNpmFfmpeg, npmFfmpeg } from '../../../test/support/programs.js';
import { DecodeFailedError } from '../../common/errors/session-errors.js';
import { createAudioDecoder } from '../create-audio-decoder.js';
import { DEFAULT_DECODER_LIMITS } from '../decoder-limits.js';
import { encodeWithFfmpeg } from '../encoding/encode-with-ffmpeg.js';
import { FfmpegProcess } from './ffmpeg-process.js';

const FLAC = { codec: 'flac', container: 'flac', options: [] };
const SECOND = new Uint8Array(48_000);
/** So that a process that hangs is noticed at once. */
const STALL_MS = 500;
const HASTY = { ...DEFAULT_DECODER_LIMITS, stallMs: STALL_MS };

/** With what a shell can do by itself, as there may be no other program. */
const HANG = 'kill -STOP $$';
const READ_ALL = 'while read -r line; do :; done';

// In a file of its own, since fluent-ffmpeg remembers for the whole process what it has asked.
describe(FfmpegProcess.name, () => {
  let folder: string;
  let program: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ffmpeg-'));
    program = join(folder, 'ffmpeg');
  });

  afterEach(() => {
    delete process.env['OPENAI_API_KEY'];
    rmSync(folder, { recursive: true });
  });

  function install(script: string): void {
    writeFileSync(program, `#!/bin/sh\necho "$$" >> '${folder}/calls'\n${script}\n`);
    chmodSync(program, 0o755);
  }

  function calls(): string[] {
    return readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
  }

  async function encode(stallMs?: number): Promise<number> {
    let bytes = 0;
    for await (const chunk of encodeWithFfmpeg(program, oneByOne([SECOND]), FLAC, stallMs))
      bytes += chunk.length;
    return bytes;
  }

  function decode(name: string, limits = HASTY): Promise<Int16Array> {
    return collect(createAudioDecoder({ codec: 'auto' }, { ffmpegPath: program, limits }), [recording(name)]);
  }

  itWithNpmFfmpeg('is the only process that a recording starts', async () => {
    install(`exec '${npmFfmpeg}' "$@"`);

    expect((await decode('ko-hello.aac', DEFAULT_DECODER_LIMITS)).length).toBeGreaterThan(0);
    expect(calls()).toHaveLength(1);
  });

  itWithNpmFfmpeg('has no company when speech is encoded either', async () => {
    install(`exec '${npmFfmpeg}' "$@"`);

    expect(await encode()).toBeGreaterThan(0);
    expect(calls()).toHaveLength(1);
  });

  it.each([
    ['decodes', 'ko-hello.aac'],
    ['decodes from a file', 'ko-hello.m4a'],
    ['encodes', undefined],
  ])('is given nothing of our environment that it does not need, when it %s', async (_, name) => {
    program = join(folder, 'environment.cjs');
    const tell = `require('fs').writeFileSync('${folder}/environment', JSON.stringify(process.env))`;
    writeFileSync(program, `#!${process.execPath}\n${tell}\n`, { mode: 0o755 });
    process.env['OPENAI_API_KEY'] = 'sk-of-somebody';

    await (name === undefined ? encode() : decode(name, DEFAULT_DECODER_LIMITS)).catch(() => undefined);

    const names = Object.keys(JSON.parse(readFileSync(join(folder, 'environment'), 'utf8')) as object);
    expect(['PATH', 'LANG', 'LC_ALL', 'TMPDIR', 'LD_LIBRARY_PATH']).toEqual(expect.arrayContaining(names));
    expect(names).toContain('PATH');
  });

  it.each([
    ['never reads', HANG],
    ['reads all and never ends', `${READ_ALL}\n${HANG}`],
    ['closes its input and never ends', `exec < /dev/null\n${HANG}`],
    ['answers and never ends', `${READ_ALL}\nprintf 12345678\n${HANG}`],
  ])('is ended when it %s, whatever it was to do', async (_, script) => {
    install(script);

    await expect(decode('ko-hello.flac')).rejects.toThrow(DecodeFailedError);
    // One, and three in its place.
    expect(calls()).toHaveLength(4);
    await expect(encode(STALL_MS)).rejects.toThrow(/killed/);
    expect(calls()).toHaveLength(5);
    expect(calls().filter((call) => isRunning(Number(call)))).toEqual([]);
  });

  it('is ended when it gives more than the recording can hold', async () => {
    install("while :; do printf '%65536d' 0; done");

    await expect(decode('ko-hello.aac')).rejects.toThrow(/more audio than its bytes can hold/);
  });

  it('ends when it cannot be started', async () => {
    program = join(folder, 'missing');

    await expect(decode('ko-hello.aac')).rejects.toThrow(DecodeFailedError);
    await expect(encode()).rejects.toThrow(/ENOENT/);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
