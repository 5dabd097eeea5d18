import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface BenchServer {
  url: string;
  pid: number;
  stop(): void;
}

export async function startServer(kind: string, upstreamUrl = ''): Promise<BenchServer> {
  const entry = fileURLToPath(new URL('servers.process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', entry, kind, upstreamUrl], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { url: line.toString().trim(), pid: child.pid!, stop: () => void child.kill('SIGKILL') };
}
