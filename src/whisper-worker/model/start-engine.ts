import { basename } from 'node:path';
import { ConfigError } from '../../config/load-env.js';
import { readChoice, type Choice } from '../../models/chosen-model.js';
import { ModelFault } from '../engines/model-fault.js';
import type { WorkerConfig } from '../worker.config.js';
import { CurrentEngine } from './current-engine.js';
import { loadEngine, type LoadParts } from './load-engine.js';
import { reasonOf } from './model-switch.js';

export interface StartedEngine {
  engines: CurrentEngine;
  /** A model was chosen that cannot be used, so another one serves. */
  failed?: { choice: Choice; reason: string };
}

/**
 * Loads the model that the configuration names, or the one that was chosen. A choice that cannot be used must not keep the worker from
 * serving: it was made while another model served, and that goes on.
 * @throws ConfigError when the model of the configuration cannot be used
 */
export async function startEngine(config: WorkerConfig, parts: LoadParts): Promise<StartedEngine> {
  const never = new AbortController().signal;
  const choice = config.followsChoice ? await readChoice(config.modelsDir) : undefined;
  const chosen = choice?.model;
  if (!choice || chosen === undefined || chosen === config.model) return { engines: await load() };
  try {
    return { engines: new CurrentEngine(await loadEngine(chosen, parts, never)) };
  } catch (error) {
    parts.logger.debug({ err: error }, 'The chosen model did not load');
    return { engines: await load(), failed: { choice, reason: reasonOf(error) } };
  }

  async function load(): Promise<CurrentEngine> {
    try {
      return new CurrentEngine(await loadEngine(config.model, parts, never));
    } catch (error) {
      if (!(error instanceof ModelFault)) throw error;
      parts.logger.debug({ err: error }, 'The model does not load');
      const named = config.followsChoice ? '' : 'WHISPER_MODEL: ';
      throw new ConfigError(`${named}the model ${basename(config.model)} cannot be used: ${error.message}`);
    }
  }
}
