import { INCLUDED_MODELS, NAMED_MODELS } from './catalogue.js';
import { listModels, type ModelListing } from './listing.js';
import { ModelError } from './model-error.js';
import type { ModelState, ModelStore } from './model-store.js';
import { LEGEND, noticeOf, tableOf } from './print-models.js';
import type { ProgressBar } from './progress-bar.js';
import type { PullProgress } from './pull-progress.js';

const USAGE = `Usage:
  npm run models -- list [--json]    what is here, and what can be pulled
  npm run models -- pull NAME        download a model or a voice (voice:NAME), or go on with a download
  npm run models -- verify [NAME]    compare files with their checksums`;

/** Where the commands speak to. */
export interface Terminal {
  line(text: string): void;
  bar: Pick<ProgressBar, 'show'>;
}

export interface ModelsCommand {
  store: ModelStore;
  terminal: Terminal;
  /** Names of the models that the configuration asks for. */
  inUse: readonly string[];
}

/** The command line of the models. Gives the exit code. */
export async function runModels(
  args: readonly string[],
  { store, terminal, inUse }: ModelsCommand,
): Promise<number> {
  const [command, name] = args;
  try {
    if (command === 'list') return print(await listModels(store, inUse), name === '--json', terminal);
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

function print(listings: readonly ModelListing[], asJson: boolean, terminal: Terminal): number {
  const lines = asJson ? [JSON.stringify(listings, null, 2)] : [...tableOf(listings), '', ...LEGEND];
  for (const line of lines) terminal.line(line);
  return 0;
}

async function pull(name: string, store: ModelStore, terminal: Terminal): Promise<number> {
  const model = NAMED_MODELS.get(name);
  for (const line of model ? noticeOf(model) : []) terminal.line(line);
  await store.pull(name, { onProgress: (progress) => show(progress, terminal) });
  const use = model?.kind === 'voice' ? 'TTS_PROVIDER=sherpa' : `WHISPER_MODEL=${name}`;
  terminal.line(`${name} is here. Use it with ${use}`);
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
    const result = await checked(each, store, terminal);
    terminal.line(`${each.padEnd(12)} ${result}`);
    if (result !== 'ok' && result !== 'unknown') {
      isSound = false;
      const repair = INCLUDED_MODELS.has(each)
        ? `git restore models/${each}`
        : `npm run models -- pull ${each}`;
      terminal.line(`  repair it with: ${repair}`);
    }
  }
  return isSound ? 0 : 1;
}

/** A manifest that cannot be read is said, and the other models are still compared. */
async function checked(name: string, store: ModelStore, terminal: Terminal): Promise<ModelState> {
  try {
    return await store.verify(name);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    terminal.line(error.message);
    return 'damaged';
  }
}
