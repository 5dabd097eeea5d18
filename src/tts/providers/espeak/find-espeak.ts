import { createRequire } from 'node:module';
import type { AppConfig } from '../../../config/app-config.js';
import { findExecutable, isExecutable } from '../../../config/find-executable.js';
import { BinaryEspeak } from './binary-espeak.js';
import type { EspeakEngine } from './espeak-engine.js';
import { NpmEspeak } from './npm-espeak.js';

/** `ESPEAK_PATH`, else `espeak-ng` on `PATH`, else the npm-supplied build, which is an optional dependency. */
export function findEspeak({ tts }: AppConfig): EspeakEngine | undefined {
  const path = tts.espeakPath ?? findExecutable('espeak-ng');
  if (path !== undefined)
    return isExecutable(path) ? new BinaryEspeak(path, tts.espeakMaxProcesses) : undefined;
  return hasNpmBuild() ? new NpmEspeak(tts.espeakMaxProcesses) : undefined;
}

function hasNpmBuild(): boolean {
  try {
    createRequire(import.meta.url).resolve('@echogarden/espeak-ng-emscripten');
    return true;
  } catch {
    return false;
  }
}
