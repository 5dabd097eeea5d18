import { createHash } from 'node:crypto';
import type { SpeechRequest, SpeechSynthesizer } from '../speech-synthesizer.js';

/** Raise it when the same request makes other bytes than before, e.g. with another encoder. */
const VERSION = 2;

/** Name of a speech by everything that decides how it sounds, and by whom it belongs to: tenants share nothing. */
export function speechKey(tenantId: string, request: SpeechRequest, synthesizer: SpeechSynthesizer): string {
  const { input, model, voice, format, speed, instructions = null, language = null } = request;
  const { name, fingerprint } = synthesizer;
  const parts = [
    VERSION,
    tenantId,
    name,
    fingerprint,
    model,
    voice,
    format,
    speed,
    instructions,
    language,
    input,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
