import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fromProject } from '../../src/config/project-paths.js';
import { workerChildMessageSchema } from '../../src/whisper-protocol/child-messages.js';
import { encodeWords } from '../../src/whisper-worker/engines/fake/coded-words.js';
import { SIXTY_WORDS } from '../support/sixty-words.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
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

  describe('with a model folder that cannot be', () => {
    let folder: TemporaryFolder;

    beforeEach(async () => {
      folder = await temporaryFolder();
      cpSync(join(SIXTY_WORDS, 'en'), folder.path, { recursive: true });
    });

    afterEach(() => folder.remove());

    const path = (file: string): string => join(folder.path, file);

    /** Makes the model one of English alone, as it tells itself. */
    function speakEnglishOnly(): void {
      const content = readFileSync(path('encoder.onnx'));
      const flag = 'is_multilingual\u0012\u0001';
      content.write('0', content.indexOf(flag) + flag.length);
      writeFileSync(path('encoder.onnx'), content);
    }

    it.each<[string, RegExp, () => void]>([
      ['is incomplete', /no decoder file/, () => rmSync(path('decoder.onnx'))],
      [
        'has a file that is no model',
        /encoder.onnx is (no ONNX model|cut off)/,
        () => writeFileSync(path('encoder.onnx'), 'x'),
      ],
      [
        'has the vocabulary of another one',
        /tokens.txt belongs to another model/,
        () => cpSync(join(SIXTY_WORDS, 'ko', 'tokens.txt'), path('tokens.txt')),
      ],
      [
        'has the decoder of another one',
        /decoder.onnx is not the decoder of encoder.onnx/,
        () => cpSync(fromProject('models/whisper-base/decoder.int8.onnx'), path('decoder.onnx')),
      ],
      [
        'knows English only and is asked for Korean',
        /knows en only, and WHISPER_LANGUAGE is ko/,
        speakEnglishOnly,
      ],
    ])('says in one line that it %s', async (_what, message, spoil) => {
      spoil();
      const { child: worker, stderr } = start({ WHISPER_MODEL: folder.path, WHISPER_LANGUAGE: 'ko' });
      const [code] = await once(worker, 'exit');
      const ours = stderr()
        .split('\n')
        .filter((line) => line.startsWith('WHISPER_MODEL: the model'));

      expect(code).toBe(78);
      expect(ours).toEqual([expect.stringMatching(message)]);
    });
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
