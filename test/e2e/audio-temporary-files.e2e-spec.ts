import { readdirSync, readlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect } from '@jest/globals';
import { startProduct, type RunningProcess } from '../../scripts/start-product.js';
import { itWithNpmFfmpeg, npmFfmpeg } from '../support/programs.js';
import { recording } from '../support/samples.js';
import { CaptionClient } from '../support/socket-client.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

/** Its index is behind its audio, so all of it has to be kept until it is complete. */
const BYTES = recording('ko-hello.m4a');

describe('a recording that has to be kept in a file', () => {
  let folder: TemporaryFolder;
  let running: RunningProcess;
  let client: CaptionClient;

  beforeEach(async () => {
    folder = await temporaryFolder();
    running = await startProduct({ TMPDIR: folder.path, FEATURES: 'transcription', FFMPEG_PATH: npmFfmpeg });
    client = new CaptionClient(running.url);
  });

  afterEach(async () => {
    client.close();
    await running.stop();
    await folder.remove();
  });

  itWithNpmFfmpeg('has no name that would be left behind when the server is killed', async () => {
    await client.start({ language: 'ko' });
    await client.audio(BYTES.subarray(0, 12_000));
    await kept(running.pid);

    expect(readdirSync(folder.path)).toEqual([]);

    const left = new Promise((resolve) => client.socket.once('disconnect', resolve));
    process.kill(running.pid, 'SIGKILL');
    await left;
    expect(readdirSync(folder.path)).toEqual([]);
  });

  itWithNpmFfmpeg('is decoded from it all the same', async () => {
    expect(await client.transcribe(BYTES, { language: 'ko' }, 1_500)).not.toBe('');
  });
});

/** Resolves once the process holds such a file open. Linux only, as is the ffmpeg of npm. */
async function kept(pid: number): Promise<void> {
  const files = (): string[] =>
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
      } catch {
        return [];
      }
    });
  while (!files().some((file) => /parley-recording-.*deleted/.test(file))) await new Promise(setImmediate);
}
