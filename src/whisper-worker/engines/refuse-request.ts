import type { DecodeRequest, EngineDescription, RecogniserKey } from '../engine.js';

/** @throws RangeError for what the engine cannot do: native code would crash or end the process over it */
export function refuseKey(engine: EngineDescription, { language, task }: RecogniserKey): void {
  const isKnown = engine.languages.has(language) || (language === 'auto' && engine.detectsLanguage);
  if (!isKnown) throw new RangeError('The language is not among those of the model');
  if (!engine.tasks.has(task)) throw new RangeError('The task is not among those of the engine');
}

/** @throws RangeError for what the engine cannot do, and for an utterance without samples */
export function refuseRequest(engine: EngineDescription, request: DecodeRequest): void {
  if (request.samples.length === 0) throw new RangeError('An utterance without samples cannot be decoded');
  refuseKey(engine, request);
}
