import type { Logger } from 'pino';
import { speakingCost } from '../admission/speaking-cost.js';
import type { Engine, RecogniserKey } from '../engine.js';
import { ModelFault } from '../engines/model-fault.js';
import { HostLostError } from '../host/supervised-host.js';
import type { LaneScheduler } from '../lanes/lane-scheduler.js';
import type { LoadedEngine } from './current-engine.js';

export interface LoadParts {
  /** Starts the engine with its model. */
  makeEngine: (model: string, signal: AbortSignal) => Promise<Engine>;
  scheduler: LaneScheduler;
  /** Of sessions that name none. */
  language: string;
  decodeTimeoutMs: number;
  /** A decode at a provider costs money: there the first sessions measure what a session costs. */
  isMeasured: boolean;
  logger: Logger;
}

/**
 * Starts an engine, loads the recogniser that most sessions use and decodes with it, so that a model that cannot be is noticed before
 * the first session.
 * @throws ModelFault that says what is wrong with the model, HostLostError when the engine was killed, the signal's reason
 */
export async function loadEngine(
  model: string,
  parts: LoadParts,
  signal: AbortSignal,
): Promise<LoadedEngine> {
  const startedAt = performance.now();
  const engine = await parts.makeEngine(model, signal);
  const giveUp = (): void => void engine.close();
  signal.addEventListener('abort', giveUp);
  try {
    const key = { language: parts.language, task: 'transcribe', words: false } as const;
    checkLanguage(engine, key.language);
    await prepare(engine, key);
    const loadMs = Math.round(performance.now() - startedAt);
    const cost = parts.isMeasured ? await measure(engine, key, parts) : undefined;
    signal.throwIfAborted();
    return { engine, loadMs, speakingCost: cost };
  } catch (error) {
    await engine.close();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

function checkLanguage(engine: Engine, language: string): void {
  if (language === 'auto' ? engine.detectsLanguage : engine.languages.has(language)) return;
  const known = engine.languages.size > 5 ? 'others' : [...engine.languages].join(', ');
  throw new ModelFault(
    language === 'auto'
      ? 'it does not detect languages, and WHISPER_LANGUAGE is auto'
      : `it knows ${known} only, and WHISPER_LANGUAGE is ${language}`,
  );
}

async function prepare(engine: Engine, key: RecogniserKey): Promise<void> {
  try {
    await engine.prepare(key);
  } catch (error) {
    // Killed while it loaded, by the system for its memory or by the timeout: the next start may succeed.
    if (error instanceof HostLostError && error.isKilled) throw error;
    throw new ModelFault('it does not load: see `npm run models -- verify`, or take another one', {
      cause: error,
    });
  }
}

/** Measures what a speaker costs, so that the first burst of sessions is limited too. */
async function measure(
  engine: Engine,
  key: RecogniserKey,
  { scheduler, decodeTimeoutMs, logger }: LoadParts,
): Promise<number | undefined> {
  try {
    return await speakingCost(engine, scheduler, key, AbortSignal.timeout(decodeTimeoutMs));
  } catch (error) {
    if (error instanceof HostLostError && !error.isKilled) {
      throw new ModelFault('it ends its engine process at the first decode: are its files of one model?', {
        cause: error,
      });
    }
    // The probes report an engine that does not decode.
    logger.warn({ err: error }, 'What a session costs could not be measured');
    return undefined;
  }
}
