import { NAMED_MODELS } from './catalogue.js';
import { ModelError } from './model-error.js';
import type { ModelStore } from './model-store.js';

const USAGE = `Usage:
  npm run models -- list          what can be pulled, and what is here
  npm run models -- pull NAME     download a model, or go on with a download
  npm run models -- verify [NAME] compare files with their checksums`;

/** The command line of the models. Gives the exit code. */
export async function runModels(
  args: readonly string[],
  store: ModelStore,
  print: (line: string) => void,
): Promise<number> {
  const [command, name] = args;
  try {
    if (command === 'list') return await list(store, print);
    if (command === 'pull' && name !== undefined) return await pull(name, store, print);
    if (command === 'verify') return await verify(name, store, print);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    print(error.message);
    return 1;
  }
  print(USAGE);
  return 2;
}

async function list(store: ModelStore, print: (line: string) => void): Promise<number> {
  const installed = await store.installed();
  for (const { name, approximateMb, languages } of NAMED_MODELS.values()) {
    const state = installed.includes(name) ? 'here' : '';
    print(
      `${name.padEnd(12)} ${`${approximateMb} MB`.padStart(8)}  ${languages.padEnd(8)} ${state}`.trimEnd(),
    );
  }
  for (const name of installed)
    if (!NAMED_MODELS.has(name)) print(`${name.padEnd(12)} ${''.padStart(8)}  ${''.padEnd(8)} here`);
  return 0;
}

async function pull(name: string, store: ModelStore, print: (line: string) => void): Promise<number> {
  await store.pull(name);
  print(`${name} is here. Use it with WHISPER_MODEL=${name}`);
  return 0;
}

async function verify(
  name: string | undefined,
  store: ModelStore,
  print: (line: string) => void,
): Promise<number> {
  const names = name === undefined ? await store.installed() : [name];
  let isSound = true;
  for (const each of names) {
    const result = await store.verify(each);
    print(`${each.padEnd(12)} ${result}`);
    if (result === 'damaged' || result === 'incomplete') {
      isSound = false;
      print(`  repair it with: npm run models -- pull ${each}`);
    }
  }
  return isSound ? 0 : 1;
}
