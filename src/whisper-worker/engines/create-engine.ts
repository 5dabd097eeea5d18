import type { Logger } from 'pino';
import type { WorkerConfig } from '../worker.config.js';
import type { Engine } from '../engine.js';
import { HostLostError } from '../host/supervised-host.js';
import { HostedEngine } from '../host/hosted-engine.js';
import { ModelFault } from './model-fault.js';
import { OpenAiEngine } from './openai/openai-engine.js';
import { checkModel } from './sherpa/check-model.js';
import { findModel } from './sherpa/model-folder.js';

/**
 * The configured engine, running.
 * @throws ModelFault when its model is not there or cannot be, HostLostError when it was killed, the signal's reason
 */
export async function createEngine(
  config: WorkerConfig,
  logger: Logger,
  signal: AbortSignal,
): Promise<Engine> {
  // It runs no native code and needs no process of its own.
  if (config.engine === 'openai') return new OpenAiEngine(config);
  if (config.engine === 'sherpa') await checkModel(findModel(config.model, config.modelsDir));
  try {
    return await HostedEngine.start(config, logger, signal);
  } catch (error) {
    signal.throwIfAborted();
    // A host that was killed, or could not be started, may start next time. One that ended by itself has a wrong configuration.
    if (!(error instanceof HostLostError) || error.isKilled) throw error;
    throw new ModelFault('its engine process ended while it was starting; see its own message above', {
      cause: error,
    });
  }
}
