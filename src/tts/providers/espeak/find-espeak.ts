import { createRequire } from 'node:module';
import type { ConfigType } from '@nestjs/config';
import type { authConfig } from '../../../auth/auth.config.js';
import { TenantConcurrencyLimit } from '../../../common/limits/concurrency-limit.js';
import { findExecutable, isExecutable } from '../../../config/find-executable.js';
import type { ttsConfig } from '../../tts.config.js';
import { BinaryEspeak } from './binary-espeak.js';
import type { EspeakEngine } from './espeak-engine.js';
import { NpmEspeak } from './npm-espeak.js';

/** Value of `ESPEAK_PATH` that means the npm-supplied build, whatever else there is. */
const NPM_BUILD = 'npm';

/** `ESPEAK_PATH`, else `espeak-ng` on `PATH`, else the npm-supplied build, which is an optional dependency. */
export function findEspeak(
  tts: ConfigType<typeof ttsConfig>,
  { tenantSharing }: ConfigType<typeof authConfig>,
): EspeakEngine | undefined {
  const concurrency = new TenantConcurrencyLimit(tts.espeakMaxProcesses, 'espeak', tenantSharing);
  const path = tts.espeakPath ?? findExecutable('espeak-ng') ?? NPM_BUILD;
  if (path === NPM_BUILD) return hasNpmBuild() ? new NpmEspeak(concurrency) : undefined;
  return isExecutable(path) ? new BinaryEspeak(path, concurrency) : undefined;
}

function hasNpmBuild(): boolean {
  try {
    createRequire(import.meta.url).resolve('@echogarden/espeak-ng-emscripten');
    return true;
  } catch {
    return false;
  }
}
