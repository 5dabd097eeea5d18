import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startProduct, startWorker, type RunningProcess } from '../../scripts/start-product.js';
import { variablesOf } from '../../src/config/read-slices.js';
import { GATEWAY_SLICES } from '../../src/configuration.js';
import { fromProject } from '../../src/config/project-paths.js';
import { MACHINE_PATH, itWith, program } from '../support/programs.js';
import { sample } from '../support/samples.js';
import { CaptionClient } from '../support/socket-client.js';
import { wordsOf } from '../support/word-error-rate.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const compose = readFileSync(fromProject('docker-compose.yml'), 'utf8');
const dockerfile = readFileSync(fromProject('deploy/Dockerfile'), 'utf8');

const VARIABLES = Object.keys(variablesOf(GATEWAY_SLICES));

/** The lines of a service in the compose file, without their indentation. */
function service(name: string): string[] {
  const lines = compose.split('\n');
  const from = lines.indexOf(`  ${name}:`);
  const length = lines.slice(from + 1).findIndex((line) => /^ {0,2}\S/.test(line));
  return lines.slice(from + 1, from + 1 + length).map((line) => line.trim());
}

/** `- NAME` and `- NAME=value` of a service's environment. */
function environmentOf(name: string): Map<string, string | undefined> {
  const entries = service(name).flatMap((line) => [...line.matchAll(/^- ([A-Z_]+)(?:=(.*))?$/g)]);
  return new Map(entries.map(([, variable, value]) => [variable!, value]));
}

/** What the compose file says outright; what it takes from `.env` is unset here, or its default. */
function fixedEnvironmentOf(name: string): Record<string, string> {
  const fixed = [...environmentOf(name)].filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(fixed.map(([key, value]) => [key, value.replace(/^\$\{[A-Z_]+:-(.*)\}$/, '$1')]));
}

describe('the compose file', () => {
  itWith('docker-compose')('is valid', () => {
    const { status, stderr } = spawnSync(program('docker-compose')!, ['config', '-q'], {
      cwd: fromProject('.'),
      env: { PATH: MACHINE_PATH },
      encoding: 'utf8',
    });

    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('passes every variable on to the gateway', () => {
    expect(VARIABLES.filter((name) => !environmentOf('gateway').has(name))).toEqual([]);
  });

  it('passes what a worker reads on to the worker, and no key of a caller or of another service', () => {
    const passed = environmentOf('whisper-worker');
    const groups = VARIABLES.filter((name) => /^(VAD_|WHISPER_(?!WORKERS))/.test(name));
    const gatewayOnly = /^WHISPER_(CONNECT|SILENT|FAILOVER|DISCOVERY)/;

    expect(groups.filter((name) => !gatewayOnly.test(name) && !passed.has(name))).toEqual([]);
    expect(
      [...passed.keys()].filter((name) => /^(API_KEYS|(OPENAI|TTS|CHAT)_.*(KEY|SECRET))$/.test(name)),
    ).toEqual([]);
  });

  it('holds no secret', () => {
    const secrets = VARIABLES.filter((name) => /(KEY|KEYS|TOKEN|SECRET)$/.test(name));

    expect(secrets).toContain('WHISPER_TOKEN');
    for (const name of ['gateway', 'whisper-worker'])
      for (const [variable, value] of environmentOf(name))
        expect([variable, secrets.includes(variable) && value !== undefined]).toEqual([variable, false]);
    expect(compose).not.toMatch(/[0-9a-f]{64}/);
  });

  it('starts nothing that nothing asks', () => {
    expect(compose).not.toMatch(/redis/i);
  });

  it('lets others on this machine only reach the gateway, and none the worker', () => {
    expect(service('gateway').filter((line) => line.endsWith(":3000'"))).toEqual([
      "- '127.0.0.1:${PORT:-3000}:3000'",
    ]);
    expect(service('whisper-worker')).not.toContain('ports:');
  });
});

describe('the image', () => {
  let folder: TemporaryFolder;
  let app: string;
  let secrets: string;
  const processes: RunningProcess[] = [];
  const clients: CaptionClient[] = [];

  /** `first-secrets.mjs`, as the one-shot service runs it. */
  function firstSecrets(into: string, environment: NodeJS.ProcessEnv = {}): string {
    const script = join(app, 'deploy/first-secrets.mjs');
    const { status, stdout } = spawnSync(process.execPath, [script, into], {
      env: environment,
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    return stdout;
  }

  beforeAll(async () => {
    folder = await temporaryFolder();
    app = join(folder.path, 'app');
    secrets = join(app, 'secrets');
    for (const path of writable()) mkdirSync(join(app, path), { recursive: true });
    for (const [, from, to] of dockerfile.matchAll(/^COPY --from=build \/app\/(\S+) (\S+)$/gm)) {
      const target = join(app, to!.endsWith('/') ? join(to!, from!.split('/').at(-1)!) : to!);
      mkdirSync(dirname(target), { recursive: true });
      if (from === 'node_modules') symlinkSync(fromProject(from), target);
      else cpSync(fromProject(from!), target, { recursive: true });
    }
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await Promise.all(processes.splice(0).map((each) => each.stop()));
  });

  afterAll(() => folder.remove());

  /** The folders that the Dockerfile gives to its user. */
  function writable(): string[] {
    const [, paths] = /^RUN install -d -o node -g node (.+)$/m.exec(dockerfile) ?? [];
    return (paths ?? '').split(' ');
  }

  it('has a folder of its user behind every volume that is written', () => {
    const written = compose
      .match(/^ +- (secrets|var):\/app\/\w+$/gm)!
      .map((line) => line.replace(/.*\/app\//, ''));

    expect(written.sort()).toEqual(['secrets', 'var']);
    expect(writable()).toEqual(expect.arrayContaining(written));
    expect(dockerfile).toMatch(/^USER node$/m);
  });

  it('has an ffmpeg for every platform', () => {
    expect(dockerfile).toMatch(/apt-get install .*\bffmpeg\b/);
    expect(dockerfile).toMatch(/FFMPEG_PATH=\/usr\/bin\/ffmpeg/);
  });

  it('brings the licences of what is in it', () => {
    const legal = [
      'LICENSE',
      'THIRD_PARTY_NOTICES',
      'models/whisper-base/LICENSE',
      'models/silero-vad/LICENSE',
    ];

    expect(legal.filter((path) => !existsSync(join(app, path)))).toEqual([]);
  });

  it('has none of the files for the tests', () => {
    expect(readFileSync(fromProject('.dockerignore'), 'utf8').split('\n')).toContain('test');
    expect(existsSync(join(app, 'test'))).toBe(false);
  });

  it('makes the first key and the token once, and shows the key only then', () => {
    const output = firstSecrets(secrets);
    const key = /parley-[\w-]{32}/.exec(output)![0];
    const [token, keys] = readFileSync(join(secrets, 'gateway.env'), 'utf8').trim().split('\n');

    expect(keys).toBe(`API_KEYS=first:${createHash('sha256').update(key).digest('hex')}`);
    expect(readFileSync(join(secrets, 'worker.env'), 'utf8').trim()).toBe(token);
    expect(statSync(join(secrets, 'gateway.env')).mode & 0o077).toBe(0);
    expect(firstSecrets(secrets)).not.toMatch(/parley-/);
    expect(readFileSync(join(secrets, 'gateway.env'), 'utf8')).toContain(keys);
  });

  it('makes no key where API_KEYS are set', () => {
    const other = join(folder.path, 'other');
    mkdirSync(other);

    expect(firstSecrets(other, { API_KEYS: 'acme:x' })).toBe('');
    expect(readFileSync(join(other, 'gateway.env'), 'utf8')).toMatch(/^WHISPER_TOKEN=\S{32}\n$/);
  });

  it('transcribes, and keeps a clip, with what the compose file sets', async () => {
    const made = join(folder.path, 'made');
    mkdirSync(made);
    const key = /parley-[\w-]{32}/.exec(firstSecrets(made))![0];
    const inHere = (variables: Record<string, string>): Record<string, string> =>
      Object.fromEntries(
        Object.entries(variables).map(([name, value]) => [
          name,
          value.replace('/app/secrets', made).replace(/^\/app(?=\/)/, app),
        ]),
      );
    const worker = await startWorker(
      {
        ...inHere(fixedEnvironmentOf('whisper-worker')),
        WHISPER_WORKER_HOST: '127.0.0.1',
        WHISPER_WORKER_PORT: '0',
        // The default: the model that is in the image.
        WHISPER_MODEL: undefined,
        WHISPER_LANES: '1',
      },
      app,
    );
    processes.push(worker);
    const gateway = await startProduct(
      {
        ...inHere(fixedEnvironmentOf('gateway')),
        PORT: '0',
        WHISPER_WORKERS: `${worker.url.replace('http', 'ws')}/ws`,
      },
      'all components are ok',
      app,
    );
    processes.push(gateway);
    const client = new CaptionClient(gateway.url, { auth: { token: key } });
    clients.push(client);

    expect(wordsOf(await client.transcribe(sample('jfk.wav')))).toEqual(
      expect.arrayContaining(['ask', 'country', 'do']),
    );
    const clip = await fetch(`${gateway.url}/tts/clips`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ input: 'Good morning.' }),
    });
    expect(clip.status).toBe(201);
    expect((await fetch(`${gateway.url}/tts?input=hello`)).status).toBe(401);
  });
});
