import { describe, expect, it } from '@jest/globals';
import { GATEWAY_SLICES } from '../configuration.js';
import { nearNames } from './near-names.js';
import { variablesOf } from './read-slices.js';

const KNOWN = Object.keys(variablesOf(GATEWAY_SLICES));

describe(nearNames.name, () => {
  it.each([
    ['OPENAI_APIKEY', 'OPENAI_API_KEY'],
    ['openai_api_key', 'OPENAI_API_KEY'],
    ['OPENAI_API_KEYS', 'OPENAI_API_KEY'],
    ['OPENAPI_API_KEY', 'OPENAI_API_KEY'],
    ['API_KEY', 'API_KEYS'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['ALLOWED_HOST', 'ALLOWED_HOSTS'],
    ['TTS_BASEURL', 'TTS_BASE_URL'],
    ['WHISPER-MODEL', 'WHISPER_MODEL'],
    ['WISPER_MODEL', 'WHISPER_MODEL'],
  ])('takes %s for %s', (variable, meant) => {
    expect(nearNames([variable], KNOWN)).toEqual([{ variable, meant }]);
  });

  it.each([
    'HOSTNAME',
    'POST',
    'PORTS',
    'PATH',
    'HOME',
    'OPENAI_ORG_ID',
    'NODE_OPTIONS',
    'NODE_PATH',
    'npm_config_user_agent',
  ])('says nothing of %s', (name) => {
    expect(nearNames([name], KNOWN)).toEqual([]);
  });

  it('says nothing of what is known', () => {
    expect(nearNames(KNOWN, KNOWN)).toEqual([]);
  });
});
