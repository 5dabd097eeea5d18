import type { Logger } from 'pino';
import type { WorkerConfig } from '../worker.config.js';
import { ConfigError } from '../../config/load-env.js';
import type { Engine } from '../engine.js';
import { HostLostError } from '../host/supervised-host.js';
import { HostedEngine } from '../host/hosted-engine.js';
import { OpenAiEngine } from './openai/openai-engine.js';
import { findModel } from './sherpa/model-folder.js';

/** The configured engine, running. @throws ConfigError when its model is not there or does not load */
export async function createEngine(config: WorkerConfig, logger: Logger): Promise<Engine> {
  // It runs no native code and needs no process of its own.
  if (config.engine === 'openai') return new OpenAiEngine(config);
  if (config.engine === 'sherpa') findModel(config.model, config.modelsDir);
  try {
    return await HostedEngine.start(config, logger);
  } catch (error) {
    // A host that was killed, or could not be started, may start next time. One that ended by itself has a wrong configuration.
    if (!(error instanceof HostLostError) || error.isKilled) throw error;
    logger.debug({ err: error }, 'Engine host did not start');
    throw new ConfigError('The engine process ended while it was starting; see its own message above');
  }
}
