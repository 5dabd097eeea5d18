import { NAMED_MODELS } from './catalogue.js';
import { ModelError } from './model-error.js';
import type { ModelStore } from './model-store.js';
import type { ProgressBar } from './progress-bar.js';
import type { PullProgress } from './pull-progress.js';

const USAGE = `Usage:
  npm run models -- list          what can be pulled, and what is here
  npm run models -- pull NAME     download a model, or go on with a download
  npm run models -- verify [NAME] compare files with their checksums`;

/** Where the commands speak to. */
export interface Terminal {
  line(text: string): void;
  bar: Pick<ProgressBar, 'show'>;
}

/** The command line of the models. Gives the exit code. */
export async function runModels(
  args: readonly string[],
  store: ModelStore,
  terminal: Terminal,
): Promise<number> {
  const [command, name] = args;
  try {
    if (command === 'list') return await list(store, terminal);
    if (command === 'pull' && name !== undefined) return await pull(name, store, terminal);
    if (command === 'verify') return await verify(name, store, terminal);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    terminal.line(error.message);
    return 1;
  }
  terminal.line(USAGE);
  return 2;
}

async function list(store: ModelStore, terminal: Terminal): Promise<number> {
  const installed = await store.installed();
  for (const { name, sizeMb, languages } of NAMED_MODELS.values()) {
    const state = installed.includes(name) ? 'here' : '';
    terminal.line(
      `${name.padEnd(12)} ${`${sizeMb} MB`.padStart(8)}  ${languages.join(',').padEnd(8)} ${state}`.trimEnd(),
    );
  }
  for (const name of installed)
    if (!NAMED_MODELS.has(name)) terminal.line(`${name.padEnd(12)} ${''.padStart(8)}  ${''.padEnd(8)} here`);
  return 0;
}

async function pull(name: string, store: ModelStore, terminal: Terminal): Promise<number> {
  await store.pull(name, { onProgress: (progress) => show(progress, terminal) });
  terminal.line(`${name} is here. Use it with WHISPER_MODEL=${name}`);
  return 0;
}

function show({ state, model, doneBytes, totalBytes }: PullProgress, terminal: Terminal): void {
  if (state === 'waiting') terminal.line(`Another process is pulling ${model}. Waiting for it.`);
  else terminal.bar.show(model, doneBytes, totalBytes);
}

async function verify(name: string | undefined, store: ModelStore, terminal: Terminal): Promise<number> {
  const names = name === undefined ? await store.installed() : [name];
  let isSound = true;
  for (const each of names) {
    const result = await store.verify(each);
    terminal.line(`${each.padEnd(12)} ${result}`);
    if (result === 'damaged' || result === 'incomplete') {
      isSound = false;
      terminal.line(`  repair it with: npm run models -- pull ${each}`);
    }
  }
  return isSound ? 0 : 1;
}
