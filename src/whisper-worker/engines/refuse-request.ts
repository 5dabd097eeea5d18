import type { DecodeRequest, EngineDescription, RecogniserKey } from '../engine.js';

/** What the engine cannot do, for people. */
export interface Inability {
  /** The option that asks for it. */
  option: 'language' | 'task';
  /** Names the model and the language. Short: it has to fit into a close frame. */
  message: string;
}

/** So few languages are named. */
const MOST_NAMED = 3;

const names = new Intl.DisplayNames('en', { type: 'language' });

/** @returns undefined when the engine can do all of it */
export function inabilityOf(
  engine: EngineDescription,
  { language, task }: RecogniserKey,
): Inability | undefined {
  const { model, languages, tasks, detectsLanguage } = engine;
  const known = languages.size <= MOST_NAMED ? [...languages].map(nameOf).join(', ') : undefined;
  if (language === 'auto' && !detectsLanguage) {
    const message = `The model ${model} detects no language, name one${known ? `: ${known}` : ''}.`;
    return { option: 'language', message };
  }
  if (language !== 'auto' && !languages.has(language)) {
    const message = `The model ${model} does not know ${nameOf(language)}${known ? `, only ${known}` : ''}.`;
    return { option: 'language', message };
  }
  if (!tasks.has(task)) return { option: 'task', message: `The model ${model} cannot ${task}.` };
  return undefined;
}

/** @throws RangeError for what the engine cannot do: native code would crash or end the process over it */
export function refuseKey(engine: EngineDescription, key: RecogniserKey): void {
  const inability = inabilityOf(engine, key);
  if (inability) throw new RangeError(inability.message);
}

/** @throws RangeError for what the engine cannot do, and for an utterance without samples */
export function refuseRequest(engine: EngineDescription, request: DecodeRequest): void {
  if (request.samples.length === 0) throw new RangeError('An utterance without samples cannot be decoded');
  refuseKey(engine, request);
}

/** E.g. `Korean (ko)`; the bare code where it has no name. */
function nameOf(language: string): string {
  const name = names.of(language);
  return name === undefined || name === language ? language : `${name} (${language})`;
}
