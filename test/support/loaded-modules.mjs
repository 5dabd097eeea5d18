/** Loaded first (`node --import`): when the process ends, it says which packages of OpenTelemetry were in it. */
import { writeSync } from 'node:fs';
import Module from 'node:module';
import { isMainThread } from 'node:worker_threads';

if (isMainThread)
  process.once('exit', () => {
    const found = Object.keys(Module._cache).map((path) => /@opentelemetry[\\/]([^\\/]+)/.exec(path)?.[1]);
    writeSync(2, `LOADED ${JSON.stringify([...new Set(found.filter(Boolean))])}\n`);
  });
