import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { RecogniserKey } from '../../src/whisper-worker/engine.js';
import { HostLostError, SupervisedHost } from '../../src/whisper-worker/host/supervised-host.js';
import { waitFor } from '../support/wait-for.js';

const SCRIPT = fileURLToPath(new URL('../support/scripted-host.mjs', import.meta.url));

const key = (language: string): RecogniserKey => ({ language, task: 'transcribe', words: false });

describe('A supervised engine host that is lost', () => {
  let sut: SupervisedHost;
  let stuckOn = '';

  afterEach(() => sut.close());

  async function start(timeouts: { loadTimeoutMs?: number } = {}): Promise<void> {
    sut = new SupervisedHost(
      {
        host: { engine: 'fake', model: '', modelsDir: '', maxRecognisers: 3 },
        lanes: 1,
        decodeTimeoutMs: 20_000,
        loadTimeoutMs: 20_000,
        hungMs: 20_000,
        ...timeouts,
        launch: () => fork(SCRIPT, { execArgv: [], env: { STUCK: stuckOn } }),
        onRoom: () => undefined,
      },
      pino({ level: 'silent' }),
    );
    await sut.start();
  }

  async function loaded(): Promise<string[]> {
    const request = { ...key('de'), samples: new Float32Array(1) };
    const { text } = await sut.decode(request);
    return text.split(' ');
  }

  async function lose(): Promise<void> {
    const lost = sut.pid;
    process.kill(lost!, 'SIGKILL');
    await waitFor(() => sut.isUp && sut.pid !== lost, 'another host');
  }

  it('loads what was used last before it takes work, and the rest of what is kept behind that', async () => {
    stuckOn = '';
    await start();
    for (const language of ['en', 'ko', 'fr', 'ja', 'de']) await sut.prepare(key(language));
    await sut.prepare(key('fr'));

    await lose();

    await waitFor(async () => (await loaded()).length === 3, 'the rest');
    expect(await loaded()).toEqual(['fr', 'de', 'ja']);
  });

  it('takes work though what was used last does not load any more', async () => {
    stuckOn = '';
    await start({ loadTimeoutMs: 2_000 });
    for (const language of ['en', 'ko']) await sut.prepare(key(language));
    stuckOn = 'ko';

    await lose();

    expect((await loaded())[0]).toBe('en');
  });

  it('has its own time to load a model, and ends a host that takes longer', async () => {
    stuckOn = 'ko';
    await start({ loadTimeoutMs: 300 });

    await expect(sut.prepare(key('ko'))).rejects.toThrow(HostLostError);
  });
});
