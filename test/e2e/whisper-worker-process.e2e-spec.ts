import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { fromProject } from '../../src/config/project-paths.js';
import { workerChildMessageSchema } from '../../src/whisper-protocol/child-messages.js';
import { encodeWords } from '../../src/whisper-worker/engines/fake/coded-words.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { WorkerClient } from '../support/worker-client.js';

describe('whisper-worker/main.ts as a child process', () => {
  let child: ChildProcess | undefined;

  afterEach(() => void child?.kill('SIGKILL'));

  function start(env: Record<string, string>): { child: ChildProcess; stderr: () => string } {
    child = fork(fromProject('src/whisper-worker/main.ts'), {
      execArgv: ['--import', 'tsx'],
      env: {
        PATH: process.env.PATH,
        PARLEY_ENV_FILE: 'none',
        LOG_LEVEL: 'silent',
        LOG_FORMAT: 'json',
        WHISPER_WORKER_PORT: '0',
        ...env,
      },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    return { child, stderr: () => stderr };
  }

  async function listening(worker: ChildProcess): Promise<number> {
    const [message] = await once(worker, 'message');
    return workerChildMessageSchema.parse(message).port;
  }

  it('reports its port, serves, and finishes the open utterance on SIGTERM', async () => {
    const { child: worker } = start({ WHISPER_ENGINE: 'fake' });
    const client = await WorkerClient.open(await listening(worker));
    client.send(encodeWords([{ space: 1, number: 1 }]));
    await client.next('speech');
    worker.kill('SIGTERM');
    client.send(new Int16Array(16_000));
    const [[code], closed] = await Promise.all([once(worker, 'exit'), client.closed]);
    expect({ code, closed: closed.code, text: client.text }).toEqual({ code: 0, closed: 1012, text: '1:1' });
  });

  it('ends itself when the process that started it is gone', async () => {
    const { child: worker } = start({ WHISPER_ENGINE: 'fake' });
    await listening(worker);
    worker.disconnect();
    await expect(once(worker, 'exit')).resolves.toEqual([0, null]);
  });

  it('says what is wrong with a model that does not load', async () => {
    const folder = await temporaryFolder();
    for (const file of ['encoder.onnx', 'decoder.onnx', 'tokens.txt']) {
      writeFileSync(join(folder.path, file), 'this is no model');
    }
    const { child: worker, stderr } = start({ WHISPER_MODEL: folder.path });
    const [code] = await once(worker, 'exit');
    await folder.remove();
    expect(code).toBe(78);
    expect(stderr()).toMatch(/WHISPER_MODEL names a model that does not load/);
  });

  it.each([
    ['a model that is not there', { WHISPER_MODEL: 'nowhere' }, /WHISPER_MODEL.*MODELS_DIR/],
    [
      'an open address without a token',
      { WHISPER_ENGINE: 'fake', WHISPER_WORKER_HOST: '0.0.0.0' },
      /WHISPER_TOKEN/,
    ],
  ])('says in one line what is wrong with %s', async (_what, env, message) => {
    const { child: worker, stderr } = start({ PROFILE: 'standard', ...env });
    const [code] = await once(worker, 'exit');
    expect({ code, lines: stderr().trim().split('\n').length }).toEqual({ code: 78, lines: 1 });
    expect(stderr()).toMatch(message);
  });
});
