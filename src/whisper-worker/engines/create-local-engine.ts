import type { WorkerConfig } from '../worker.config.js';
import type { Engine } from '../engine.js';
import { FakeEngine } from './fake/fake-engine.js';
import { findModel } from './sherpa/model-folder.js';
import { SherpaEngine } from './sherpa/sherpa-engine.js';

export type LocalEngineSettings = Pick<WorkerConfig, 'engine' | 'model' | 'modelsDir' | 'maxRecognisers'>;

/** An engine inside this process. @throws ConfigError when its model is not there */
export function createLocalEngine({ engine, model, modelsDir, maxRecognisers }: LocalEngineSettings): Engine {
  if (engine === 'fake') return new FakeEngine();
  return new SherpaEngine(findModel(model, modelsDir), maxRecognisers);
}
