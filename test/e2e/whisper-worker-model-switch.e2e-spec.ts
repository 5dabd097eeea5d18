import { cpSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fromProject } from '../../src/config/project-paths.js';
import { chooseModel } from '../../src/models/chosen-model.js';
import type { DecodedUtterance, DecodeRequest } from '../../src/whisper-worker/engine.js';
import { FakeEngine } from '../../src/whisper-worker/engines/fake/fake-engine.js';
import { HostedEngine } from '../../src/whisper-worker/host/hosted-engine.js';
import { EnergyDetector } from '../../src/whisper-worker/vad/energy-detector.js';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { codedSpeech, joined } from '../support/coded-speech.js';
import { startHostedWorker } from '../support/start-test-worker.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';
import { sampleClip } from '../support/wav.js';
import { WorkerClient } from '../support/worker-client.js';

/** Ends an utterance also where no sentence ends. */
const PAUSE = new Int16Array(48_000);

interface Health {
  model: string;
  formerModel?: string;
  loadMs: number;
  memoryBytes?: number;
  change?: { state: string; model: string; reason?: string };
}

async function healthOf({ port }: Worker): Promise<Health> {
  return (await (await fetch(`http://127.0.0.1:${port}/health/ready`)).json()) as Health;
}

async function becomes(worker: Worker, isSo: (health: Health) => boolean, what: string): Promise<Health> {
  await waitFor(async () => isSo(await healthOf(worker)), what);
  return healthOf(worker);
}

describe('Choosing another model while sessions run', () => {
  let models: TemporaryFolder;
  let sut: Worker;

  beforeEach(async () => {
    models = await temporaryFolder();
  });

  afterEach(async () => {
    await sut.close();
    await models.remove();
  });

  describe('with engines that say which model they are', () => {
    /** Says the name of its model behind its words. */
    class NamedEngine extends FakeEngine {
      isClosed = false;

      constructor(override readonly model: string) {
        super();
      }

      override async decode(request: DecodeRequest, signal: AbortSignal): Promise<DecodedUtterance> {
        const decoded = await super.decode(request, signal);
        return { ...decoded, text: decoded.text && `${decoded.text} by ${this.model}` };
      }

      override async close(): Promise<void> {
        this.isClosed = true;
      }
    }

    let engines: NamedEngine[];

    async function start(): Promise<void> {
      engines = [];
      sut = await startHostedWorker(
        { WHISPER_MODEL: '', MODELS_DIR: models.path, WHISPER_CHOICE_MS: '50' },
        {
          makeDetector: () => new EnergyDetector(),
          makeEngine: async (model) => {
            if (model === 'broken') throw new Error('broken');
            engines.push(new NamedEngine(model));
            return engines.at(-1)!;
          },
        },
      );
    }

    const say = (client: WorkerClient, number: number): void =>
      client.send(joined([codedSpeech(1, number, number), PAUSE]));

    it('lets a session go on with the model that it began with, and gives new ones the chosen one', async () => {
      await start();
      const running = await WorkerClient.open(sut.port);
      say(running, 1);
      await chooseModel(models.path, 'small');
      await becomes(sut, ({ model }) => model === 'small', 'the chosen model');
      const next = await WorkerClient.open(sut.port);
      say(running, 2);
      say(next, 3);
      await Promise.all([running.end(), next.end()]);

      expect([running.text, next.text]).toEqual(['1:1 by whisper-base 1:2 by whisper-base', '1:3 by small']);
      expect([running, next].map(({ messages }) => messages[0])).toMatchObject([
        { type: 'ready', model: 'whisper-base' },
        { type: 'ready', model: 'small' },
      ]);
    });

    it('closes the former model when its last session has ended, and not before', async () => {
      await start();
      const running = await WorkerClient.open(sut.port);
      await chooseModel(models.path, 'small');
      const during = await becomes(sut, ({ model }) => model === 'small', 'the chosen model');
      const wasClosed = engines[0]!.isClosed;
      await running.end();
      await running.closed;
      await waitFor(() => engines[0]!.isClosed, 'the former model to be closed');

      expect({ wasClosed, during: during.formerModel }).toEqual({ wasClosed: false, during: 'whisper-base' });
      expect((await healthOf(sut)).formerModel).toBeUndefined();
      expect(engines[1]!.isClosed).toBe(false);
    });

    it('holds two models at most: a third one waits for the sessions of the first', async () => {
      await start();
      const running = await WorkerClient.open(sut.port);
      await chooseModel(models.path, 'small');
      await becomes(sut, ({ model }) => model === 'small', 'the second model');
      await chooseModel(models.path, 'medium');
      const { model } = await becomes(sut, ({ change }) => change?.state === 'waiting', 'the wait');
      await running.end();
      await becomes(sut, (health) => health.model === 'medium', 'the third model');

      expect({ model, all: engines.map((each) => each.model) }).toEqual({
        model: 'small',
        all: ['whisper-base', 'small', 'medium'],
      });
    });

    it('goes back to the former model without loading it, while that still runs', async () => {
      await start();
      const running = await WorkerClient.open(sut.port);
      await chooseModel(models.path, 'small');
      await becomes(sut, ({ model }) => model === 'small', 'the second model');
      await chooseModel(models.path, 'whisper-base');
      await becomes(sut, ({ model }) => model === 'whisper-base', 'the first model');
      await waitFor(() => engines[1]!.isClosed, 'the second model to be closed');
      say(running, 4);
      await running.end();

      expect(running.text).toBe('1:4 by whisper-base');
      expect(engines).toHaveLength(2);
    });

    it('keeps the model in use when the chosen one does not load, and tells why until another one is chosen', async () => {
      await start();
      await chooseModel(models.path, 'broken');
      const { change } = await becomes(sut, (health) => health.change?.state === 'failed', 'the refusal');
      const client = await WorkerClient.open(sut.port);
      say(client, 5);
      await client.end();
      await chooseModel(models.path, 'small');
      const after = await becomes(sut, ({ model }) => model === 'small', 'the chosen model');

      expect({ change, text: client.text, after: after.change }).toEqual({
        change: { state: 'failed', model: 'broken', reason: expect.any(String) },
        text: '1:5 by whisper-base',
        after: undefined,
      });
    });

    it('takes the choice of an earlier run at its start', async () => {
      await chooseModel(models.path, 'small');
      await start();
      expect((await healthOf(sut)).model).toBe('small');
    });

    it('starts with the model that comes with Parley when the choice cannot be used, and says so', async () => {
      await chooseModel(models.path, 'broken');
      await start();
      expect(await healthOf(sut)).toMatchObject({
        model: 'whisper-base',
        change: { state: 'failed', model: 'broken' },
      });
    });

    it.each(['{', '{"whisper": "../elsewhere"}', '[]'])(
      'ignores a choice that is none: %s',
      async (content) => {
        await start();
        writeFileSync(join(models.path, 'chosen.json'), content);
        await chooseModel(models.path, 'small');
        expect((await becomes(sut, ({ model }) => model === 'small', 'the next choice')).model).toBe('small');
      },
    );
  });

  describe('with engine hosts', () => {
    const pidsOf = ({ engine }: Worker): number[] =>
      engine instanceof HostedEngine ? engine.hosts.pids.filter((pid) => pid !== undefined) : [];

    const isAlive = (pid: number): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };

    function place(name: string): void {
      cpSync(fromProject('test/fixtures/models/sixty-words/en'), join(models.path, name), {
        recursive: true,
      });
    }

    async function start(): Promise<void> {
      place('one');
      place('two');
      await chooseModel(models.path, 'one');
      sut = await startHostedWorker({
        WHISPER_MODEL: '',
        MODELS_DIR: models.path,
        WHISPER_CHOICE_MS: '50',
        WHISPER_LANES: '1',
      });
    }

    it('starts hosts for the new model and ends those of the former one, without losing a word', async () => {
      await start();
      const former = pidsOf(sut);
      const running = await WorkerClient.open(sut.port);
      running.send(joined([sampleClip('open-the-red-door.wav'), PAUSE]));
      await running.next('final');
      await chooseModel(models.path, 'two');
      await becomes(sut, ({ model }) => model === 'two', 'the chosen model');
      running.send(joined([sampleClip('open-the-red-door.wav'), PAUSE]));
      await running.end();
      await waitFor(() => !former.some(isAlive), 'the end of the former hosts');

      expect(running.text).toBe('Please open the red door. Please open the red door.');
      expect(pidsOf(sut).filter(isAlive)).toHaveLength(1);
    });

    it('refuses a damaged model before it is loaded, and takes it when it was mended and chosen again', async () => {
      await start();
      const former = pidsOf(sut);
      writeFileSync(join(models.path, 'two', 'decoder.onnx'), 'damaged');
      await chooseModel(models.path, 'two');
      const { change } = await becomes(sut, (health) => health.change?.state === 'failed', 'the refusal');
      const during = pidsOf(sut);
      rmSync(join(models.path, 'two'), { recursive: true });
      place('two');
      await chooseModel(models.path, 'two');
      utimesSync(join(models.path, 'chosen.json'), new Date(), new Date(Date.now() + 1_000));
      await becomes(sut, ({ model }) => model === 'two', 'the mended model');

      expect(change?.reason).toMatch(/^decoder.onnx is/);
      expect(during).toEqual(former);
    });
  });
});
