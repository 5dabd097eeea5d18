import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GATEWAY_SLICES } from '../configuration.js';
import { openAiConfig } from '../openai/openai.config.js';
import { ConfigError, readVariables, validateEnv } from './load-env.js';
import { variablesOf } from './read-slices.js';

const VARIABLES = variablesOf(GATEWAY_SLICES);

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

describe(validateEnv.name, () => {
  it.each([
    ['PORT', 'eighty', /PORT/],
    ['PORT', '70000', /PORT: must be at most 65535/],
    ['PROFILE', 'prod', /PROFILE: must be one of auto, demo, standard/],
    ['FEATURES', 'tts,video', /FEATURES: must be one of tts, chat, transcription/],
    ['OPENAI_BASE_URL', 'ftp://x', /OPENAI_BASE_URL/],
    ['API_KEYS', 'acme:not-a-hash', /API_KEYS: must be tenant:sha256/],
    ['WHISPER_WORKERS', 'http://worker', /WHISPER_WORKERS: must be a WebSocket URL/],
  ])('names %s when it is %s', (name, value, message) => {
    expect(messageOf(() => validateEnv(VARIABLES, { [name]: value }))).toMatch(message);
  });

  it('never repeats a value', () => {
    const message = messageOf(() =>
      validateEnv(VARIABLES, { PORT: 'swordfish', PROFILE: 'swordfish', API_KEYS: 'swordfish' }),
    );

    expect(message).not.toContain('swordfish');
  });

  it('reports all faults at once', () => {
    const message = messageOf(() => validateEnv(VARIABLES, { PORT: 'x', LOG_LEVEL: 'loud' }));

    expect(message).toMatch(/PORT/);
    expect(message).toMatch(/LOG_LEVEL/);
  });

  it('keeps secrets out of JSON and of string conversion', () => {
    const env = validateEnv(openAiConfig.variables, { OPENAI_API_KEY: 'sk-swordfish' });

    expect(JSON.stringify(env) + String(env.OPENAI_API_KEY)).not.toContain('swordfish');
    expect(env.OPENAI_API_KEY?.reveal()).toBe('sk-swordfish');
  });
});

const load = (...of: Parameters<typeof readVariables>) => validateEnv(VARIABLES, readVariables(...of));

describe(readVariables.name, () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-env-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('reads the file under the variables of the process', () => {
    const file = join(folder, '.env');
    writeFileSync(file, 'PORT=4000\nTTS_VOICE=alloy\n');

    const env = load(file, { PORT: '5000' });

    expect(env.PORT).toBe(5000);
    expect(env.TTS_VOICE).toBe('alloy');
  });

  it('takes what is in the file where the process has an empty value', () => {
    const file = join(folder, '.env');
    writeFileSync(file, 'PORT=4000\n');

    expect(load(file, { PORT: '' }).PORT).toBe(4000);
  });

  it('does without a file', () => {
    expect(load(join(folder, 'missing'), {}).PORT).toBe(3000);
  });

  it('reads the file that PARLEY_ENV_FILE names instead of the usual one', () => {
    const file = join(folder, 'other.env');
    writeFileSync(join(folder, '.env'), 'PORT=4000\nTTS_VOICE=alloy\n');
    writeFileSync(file, 'PORT=4001\n');

    const env = load(join(folder, '.env'), { PARLEY_ENV_FILE: file });

    expect(env.PORT).toBe(4001);
    expect(env.TTS_VOICE).toBe('nova');
  });

  it('reads no file when PARLEY_ENV_FILE is none', () => {
    writeFileSync(join(folder, '.env'), 'PORT=4000\n');

    expect(load(join(folder, '.env'), { PARLEY_ENV_FILE: 'none' }).PORT).toBe(3000);
  });

  it('refuses a named file that is not there', () => {
    expect(messageOf(() => load(join(folder, '.env'), { PARLEY_ENV_FILE: join(folder, 'gone') }))).toMatch(
      /PARLEY_ENV_FILE/,
    );
  });

  it('fails with a ConfigError for a bad file', () => {
    const file = join(folder, '.env');
    writeFileSync(file, 'PORT=high\n');

    expect(() => load(file, {})).toThrow(ConfigError);
  });
});
