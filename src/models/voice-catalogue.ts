import type { NamedVoice } from './catalogue.js';

export const VOICES: readonly NamedVoice[] = [];
