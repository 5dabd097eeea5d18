import { fork, type ChildProcess } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Decodes of one host run on libuv's threads; one more is left for files. */
export function launchHost(lanesPerHost: number): ChildProcess {
  // From the sources, as in tests, the child needs the TypeScript loader too.
  const extension = extname(import.meta.url);
  const entry = fileURLToPath(new URL(`./main${extension}`, import.meta.url));
  return fork(entry, {
    execArgv: extension === '.ts' ? ['--import', 'tsx'] : [],
    // Samples are sent as binary instead of JSON.
    serialization: 'advanced',
    env: { PATH: process.env.PATH, UV_THREADPOOL_SIZE: String(lanesPerHost + 1) },
  });
}
