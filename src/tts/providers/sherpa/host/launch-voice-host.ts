import { fork, type ChildProcess } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Without our environment: it needs none of the keys in it. What sherpa prints may hold a text, so it goes nowhere. */
export function launchVoiceHost(): ChildProcess {
  // From the sources, as in tests, the child needs the TypeScript loader too.
  const extension = extname(import.meta.url);
  const entry = fileURLToPath(new URL(`./voice-host.process${extension}`, import.meta.url));
  return fork(entry, {
    execArgv: ['--expose-gc', ...(extension === '.ts' ? ['--import', 'tsx'] : [])],
    // Samples are sent as binary instead of JSON.
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { PATH: process.env.PATH },
  });
}
