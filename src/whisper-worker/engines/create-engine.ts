import type { AppConfig } from '../../config/app-config.js';
import type { Engine } from '../engine.js';
import { FakeEngine } from './fake/fake-engine.js';
import { findModel } from './sherpa/model-folder.js';
import { SherpaEngine } from './sherpa/sherpa-engine.js';

/** @throws ConfigError when the engine's model is not there */
export function createEngine({ engine, model, modelsDir }: AppConfig['worker']): Engine {
  return engine === 'fake' ? new FakeEngine() : new SherpaEngine(findModel(model, modelsDir));
}
