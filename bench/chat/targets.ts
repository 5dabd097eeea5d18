import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { startProduct } from '../../scripts/start-product.js';
import type { Plan } from './plan.js';

/** A server under test. */
export interface Target {
  name: string;
  url: string;
  pid: number;
  headers: Record<string, string>;
  body(plan: Plan): object;
  stop(): unknown;
}

const completion = (plan: Plan): object => ({
  model: 'gpt-4o-mini',
  stream: true,
  messages: [{ role: 'user', content: JSON.stringify(plan) }],
});
const asText = (plan: Plan): object => ({ text: JSON.stringify(plan) });

export async function startTargets(): Promise<{ upstream: Target; others: Target[] }> {
  const upstream = await startUpstream();
  const base = upstream.url.replace('/v1/chat/completions', '');
  const portkey = await startPortkey(base);
  const others = [
    await startScript('raw pipe', 'pipe', base, '/', completion),
    await startParley(base),
    await startScript('naive Nest', 'naive', base, '/chat', asText),
    ...(portkey ? [portkey] : []),
  ];
  return { upstream, others };
}

/** The provider that all of them ask. */
export function startUpstream(): Promise<Target> {
  return startScript('direct', 'upstream', '', '/v1/chat/completions', completion);
}

async function startScript(
  name: string,
  kind: string,
  upstreamUrl: string,
  path: string,
  body: Target['body'],
): Promise<Target> {
  const entry = fileURLToPath(new URL('servers.process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', entry, kind, upstreamUrl], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    name,
    url: line.toString().trim() + path,
    pid: child.pid!,
    headers: {},
    body,
    stop: stopper(child),
  };
}

export async function startParley(upstreamUrl: string, variables: NodeJS.ProcessEnv = {}): Promise<Target> {
  const parley = await startProduct({
    PROFILE: 'standard',
    FEATURES: 'chat',
    CHAT_PROVIDER: 'openai',
    CHAT_BASE_URL: `${upstreamUrl}/v1`,
    CHAT_MAX_CONCURRENT: '2000',
    ...variables,
  });
  const { url, pid } = parley;
  const body = (plan: Plan): object => ({ ...asText(plan), graceMs: 0 });
  return { name: 'Parley', url: `${url}/chat`, pid, headers: {}, body, stop: () => parley.stop() };
}

/** Only where `PORTKEY_DIR` names a folder into which `@portkey-ai/gateway` was installed for the purpose. */
async function startPortkey(upstreamUrl: string): Promise<Target | undefined> {
  const folder = process.env['PORTKEY_DIR'];
  if (folder === undefined) return undefined;
  const port = await freePort();
  const entry = `${folder}/node_modules/@portkey-ai/gateway/build/start-server.js`;
  const child = spawn(process.execPath, [entry, `--port=${port}`, '--headless'], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  while ((await fetch(url).catch(() => undefined)) === undefined) await sleep(100);
  const headers = {
    Authorization: 'Bearer none',
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `${upstreamUrl}/v1`,
  };
  const path = '/v1/chat/completions';
  return {
    name: 'Portkey',
    url: url + path,
    pid: child.pid!,
    headers,
    body: completion,
    stop: stopper(child),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

function stopper(child: ChildProcess): () => void {
  return () => void child.kill('SIGKILL');
}
