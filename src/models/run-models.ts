import { parseArgs } from 'node:util';
import { INCLUDED_MODELS, NAMED_MODELS } from './catalogue.js';
import { convertModel, quantiseModel } from './convert.js';
import { listModels, type ModelListing } from './listing.js';
import { ModelError } from './model-error.js';
import type { ModelState, ModelStore } from './model-store.js';
import { LEGEND, noticeOf, tableOf } from './print-models.js';
import type { ProgressBar } from './progress-bar.js';
import type { PullProgress } from './pull-progress.js';
import { useModel } from './use-model.js';

const USAGE = `Usage:
  npm run models -- list [--json]    what is here, and what can be pulled
  npm run models -- pull NAME        download a model or a voice (voice:NAME), or go on with a download
  npm run models -- use NAME         pull it where it is not here, and let running workers change to it
  npm run models -- verify [NAME]    compare files with their checksums
  npm run models -- convert FOLDER NAME [--float] [--python PATH]
                                     make a model of a CTranslate2 (faster-whisper) or Hugging Face folder
  npm run models -- quantise FOLDER NAME [--python PATH]
                                     make an 8-bit model of one with 32-bit floats, as sherpa-onnx exports it`;

/** Where the commands speak to. */
export interface Terminal {
  line(text: string): void;
  bar: Pick<ProgressBar, 'show'>;
}

export interface ModelsCommand {
  store: ModelStore;
  terminal: Terminal;
  /** What `WHISPER_MODEL` says. */
  variable: string | undefined;
  /** Names of the models that the configuration asks for. */
  inUse: readonly string[];
}

/** The command line of the models. Gives the exit code. */
export async function runModels(args: readonly string[], models: ModelsCommand): Promise<number> {
  const { store, terminal, inUse } = models;
  const [command, name] = args;
  try {
    if (command === 'convert' || command === 'quantise') return await convert(args, store, terminal);
    if (command === 'list') return print(await listModels(store, inUse), name === '--json', terminal);
    if (command === 'pull' && name !== undefined) return await pull(name, store, terminal);
    if (command === 'use' && name !== undefined) return await use(name, models);
    if (command === 'verify') return await verify(name, store, terminal);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    terminal.line(error.message);
    return 1;
  }
  return usage(terminal);
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
  const use = model?.kind === 'voice' ? 'TTS_PROVIDER=sherpa' : `npm run models -- use ${name}`;
  terminal.line(`${name} is here. Use it with ${use}`);
  return 0;
}

async function use(name: string, { store, terminal, variable }: ModelsCommand): Promise<number> {
  const model = NAMED_MODELS.get(name);
  for (const line of model ? noticeOf(model) : []) terminal.line(line);
  await useModel(name, store, { onProgress: (progress) => show(progress, terminal) });
  terminal.line(
    variable === undefined
      ? `${name} is chosen. Workers that run load it now; sessions that run go on with the former model.`
      : `${name} is chosen, but WHISPER_MODEL is set here and wins where it is set: remove it there.`,
  );
  return 0;
}

async function convert(args: readonly string[], store: ModelStore, terminal: Terminal): Promise<number> {
  const given = parse(args);
  if (!given) return usage(terminal);
  const { command, folder, name, isFloat, interpreter } = given;
  const settings = {
    modelsDir: store.modelsDir,
    say: (line: string) => terminal.line(line),
    ...(interpreter !== undefined && { interpreter }),
  };
  if (command === 'convert') await convertModel(folder, name, isFloat ? 'float32' : 'int8', settings);
  else await quantiseModel(folder, name, settings);
  terminal.line(`${name} is here. Use it with npm run models -- use ${name}`);
  return 0;
}

interface Conversion {
  command: string;
  folder: string;
  name: string;
  isFloat: boolean;
  interpreter: string | undefined;
}

function parse(args: readonly string[]): Conversion | undefined {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { float: { type: 'boolean', default: false }, python: { type: 'string' } },
    });
    const [command, folder, name, ...more] = positionals;
    if (command === undefined || folder === undefined || name === undefined || more.length > 0)
      return undefined;
    return { command, folder, name, isFloat: values.float, interpreter: values.python };
  } catch {
    return undefined;
  }
}

function usage(terminal: Terminal): number {
  terminal.line(USAGE);
  return 2;
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
