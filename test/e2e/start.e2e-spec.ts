import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { fromProject } from '../../src/config/project-paths.js';

const GATEWAY = 'dist/main.js';
const WORKER = 'dist/whisper-worker/main.js';

/** What the built programs say and how they exit when they start, or cannot. */
describe('a start', () => {
  const servers: Server[] = [];

  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function takenPort(): Promise<string> {
    const server = createServer().listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return String((server.address() as AddressInfo).port);
  }

  /** Runs a program until it ends by itself. */
  async function ended(
    entry: string,
    variables: NodeJS.ProcessEnv,
  ): Promise<{ code: number; output: string; lines: string[] }> {
    const child = spawn(process.execPath, [fromProject(entry)], {
      env: { PATH: process.env.PATH, PARLEY_ENV_FILE: 'none', PORT: '0', LOG_FORMAT: 'json', ...variables },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    return { code, output, lines: output.trim().split('\n') };
  }

  it.each<[string, NodeJS.ProcessEnv, RegExp]>([
    ['ALLOWED_HOSTS', { ALLOWED_HOSTS: 'voice.example' }, /^ALLOWED_HOSTS .*API_KEYS/],
    ['HOST', { HOST: '::' }, /^HOST .*API_KEYS/],
    ['HOST', { HOST: '127.0.0.1.evil.example' }, /^HOST .*API_KEYS/],
    ['PARLEY_ENV_FILE', { PARLEY_ENV_FILE: '/nowhere/at/all' }, /^PARLEY_ENV_FILE/],
    ['WHISPER_ENGINE', { WHISPER_ENGINE: 'openai' }, /^WHISPER_ENGINE=openai needs WHISPER_OPENAI_API_KEY/],
  ])('that %s makes impossible or unsafe ends with 78 and one line', async (_name, variables, line) => {
    const { code, lines } = await ended(GATEWAY, { FEATURES: 'tts', ...variables });

    expect(code).toBe(78);
    expect(lines).toEqual([expect.stringMatching(line)]);
  });

  it.each(['PORT', 'METRICS_PORT'])(
    'on a %s that is in use ends with 69, and one line names both',
    async (name) => {
      const port = await takenPort();

      const { code, lines } = await ended(GATEWAY, { [name]: port, WHISPER_ENGINE: 'fake' });

      expect(code).toBe(69);
      expect(lines.filter((line) => !line.startsWith('{'))).toEqual([
        expect.stringMatching(new RegExp(`^Port ${port} of 127.0.0.1 is in use .* ${name} `)),
      ]);
      expect(lines.join('\n')).not.toMatch(/EADDRINUSE|\n\s+at /);
    },
  );

  it('of a worker on a port that is in use ends the same way', async () => {
    const port = await takenPort();

    const { code, lines } = await ended(WORKER, { WHISPER_WORKER_PORT: port, WHISPER_ENGINE: 'fake' });

    expect(code).toBe(69);
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^Port ${port} .*WHISPER_WORKER_PORT`))]);
  });

  it('warns of a misspelt variable, and tells what the demo stands in for', async () => {
    const child = spawn(process.execPath, [fromProject(GATEWAY)], {
      env: {
        PATH: process.env.PATH,
        PARLEY_ENV_FILE: 'none',
        PORT: '0',
        LOG_FORMAT: 'json',
        FEATURES: 'tts,chat',
        OPENAI_APIKEY: 'swordfish',
      },
    });
    let log = '';
    for await (const chunk of child.stdout) {
      log += String(chunk);
      if (log.includes('Parley is listening')) child.kill('SIGTERM');
    }

    expect(log).toMatch(/"variable":"OPENAI_APIKEY","meant":"OPENAI_API_KEY"/);
    expect(log).toMatch(/"demo":\["scripted chat","a robot voice"\]/);
    expect(log).not.toContain('swordfish');
  });

  it('writes one entry for a failing request, and one for a page that is turned away', async () => {
    const child = spawn(process.execPath, [fromProject(GATEWAY)], {
      env: {
        PATH: process.env.PATH,
        PARLEY_ENV_FILE: 'none',
        PORT: '0',
        LOG_FORMAT: 'json',
        FEATURES: 'chat',
        CHAT_BASE_URL: 'http://127.0.0.1:1/v1',
        OPENAI_MAX_RETRIES: '0',
      },
    });
    let log = '';
    for await (const chunk of child.stdout) {
      log += String(chunk);
      const url = /"url":"([^"]+)"/.exec(log)?.[1];
      if (url === undefined || child.killed) continue;
      await fetch(`${url}/chat`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
        body: '{"text":"swordfish"}',
      });
      await fetch(`${url}/chat?text=swordfish`, { headers: { Origin: 'https://page.example' } });
      child.kill('SIGTERM');
    }
    const warnings = log
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ level }) => Number(level) >= 40);

    expect(warnings).toEqual([
      expect.objectContaining({
        code: 'provider_failed',
        method: 'POST',
        path: '/chat',
        msg: 'Request failed',
      }),
      expect.objectContaining({
        origin: 'https://page.example',
        msg: expect.stringContaining('CORS_ORIGINS'),
      }),
    ]);
    expect(log).not.toContain('swordfish');
  });
});
