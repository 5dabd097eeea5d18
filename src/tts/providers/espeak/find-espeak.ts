import { createRequire } from 'node:module';
import { TenantPlaces } from '../../../common/limits/tenant-places.js';
import type { AppConfig } from '../../../config/app-config.js';
import { findExecutable, isExecutable } from '../../../config/find-executable.js';
import { BinaryEspeak } from './binary-espeak.js';
import type { EspeakEngine } from './espeak-engine.js';
import { NpmEspeak } from './npm-espeak.js';

/** Value of `ESPEAK_PATH` that means the npm-supplied build, whatever else there is. */
const NPM_BUILD = 'npm';

/** `ESPEAK_PATH`, else `espeak-ng` on `PATH`, else the npm-supplied build, which is an optional dependency. */
export function findEspeak({ tts, tenantSharing }: AppConfig): EspeakEngine | undefined {
  const places = new TenantPlaces(tts.espeakMaxProcesses, 'espeak', tenantSharing);
  const path = tts.espeakPath ?? findExecutable('espeak-ng') ?? NPM_BUILD;
  if (path === NPM_BUILD) return hasNpmBuild() ? new NpmEspeak(places) : undefined;
  return isExecutable(path) ? new BinaryEspeak(path, places) : undefined;
}

function hasNpmBuild(): boolean {
  try {
    createRequire(import.meta.url).resolve('@echogarden/espeak-ng-emscripten');
    return true;
  } catch {
    return false;
  }
}
