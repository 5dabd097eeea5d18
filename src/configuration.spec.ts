import { describe, expect, it } from '@jest/globals';
import { ConfigError } from './config/load-env.js';
import { configurationOf, refuseMissingProviders } from './configuration.js';

const HASH = 'a'.repeat(64);

describe(configurationOf.name, () => {
  it('takes the demo profile when nothing is configured outside production', () => {
    const sut = configurationOf({});

    expect(sut.process.profile).toBe('demo');
    expect(sut.tts.provider).toBe('espeak');
    expect(sut.chat.provider).toBe('scripted');
    expect(sut.worker.model).toBe('whisper-base');
  });

  it.each(['demo', 'standard'])(
    'writes captions with the model that comes with Parley in PROFILE=%s',
    (profile) => {
      expect(configurationOf({ NODE_ENV: 'production', PROFILE: profile }).worker.model).toBe('whisper-base');
    },
  );

  it('takes the model that comes with Parley for the name of the former demo models', () => {
    expect(configurationOf({ WHISPER_MODEL: 'demo' }).worker).toMatchObject({
      model: 'whisper-base',
      usesFormerName: true,
    });
  });

  it('never takes the demo profile by itself in production', () => {
    const sut = configurationOf({ NODE_ENV: 'production', MISSING_PROVIDER: 'unavailable' });

    expect(sut.process.profile).toBe('standard');
    expect(sut.tts.provider).toBeUndefined();
  });

  it('takes the demo profile in production when it is said outright', () => {
    expect(configurationOf({ NODE_ENV: 'production', PROFILE: 'demo' }).tts.provider).toBe('espeak');
  });

  it.each([
    ['OPENAI_API_KEY', 'sk-1'],
    ['CHAT_BASE_URL', 'http://127.0.0.1:11434/v1'],
    ['WHISPER_MODEL', 'tiny'],
    ['WHISPER_WORKERS', 'ws://worker:8081/ws'],
  ])('leaves the demo profile once %s is set', (name, value) => {
    expect(configurationOf({ [name]: value }).process.profile).toBe('standard');
  });

  it('sends the general key to the general address only', () => {
    const sut = configurationOf({ OPENAI_API_KEY: 'sk-general', TTS_BASE_URL: 'http://kokoro:8880/v1' });

    expect(sut.chat.openai.apiKey?.reveal()).toBe('sk-general');
    expect(sut.tts.openai.apiKey).toBeUndefined();
  });

  it('counts an empty variable as unset', () => {
    expect(configurationOf({ OPENAI_API_KEY: '', PORT: '' }).server.port).toBe(3000);
  });

  it.each(['0.0.0.0', '0', '127.1', '192.168.1.4', 'example.org', '::', '::ffff:10.0.0.1', '[::]'])(
    'refuses to listen on %s without API keys',
    (host) => {
      expect(() => configurationOf({ HOST: host })).toThrow(ConfigError);
    },
  );

  it.each([
    ['ALLOWED_HOSTS', 'voice.example'],
    ['ALLOWED_HOSTS', 'localhost,voice.example:8443'],
    ['ALLOWED_HOSTS', '192.168.1.4'],
  ])('refuses %s of other machines without API keys', (name, value) => {
    expect(() => configurationOf({ [name]: value })).toThrow(new RegExp(`^${name} .*API_KEYS`));
    expect(() => configurationOf({ [name]: value, API_KEYS: `acme:${HASH}` })).not.toThrow();
  });

  it.each(['loopback', '10.0.0.0/8'])('refuses to trust a proxy at %s without API keys', (TRUST_PROXY) => {
    expect(() => configurationOf({ TRUST_PROXY })).toThrow(/^TRUST_PROXY .*API_KEYS/);
    expect(() => configurationOf({ TRUST_PROXY, API_KEYS: `acme:${HASH}` })).not.toThrow();
  });

  it('serves this machine under its own names without API keys', () => {
    const sut = configurationOf({
      HOST: '::ffff:127.0.0.1',
      ALLOWED_HOSTS: 'LocalHost:3000, 127.0.0.1,[::1]',
      CORS_ORIGINS: 'HTTP://LOCALHOST:5173/,https://127.0.0.1:443',
    });

    expect(sut.auth.allowedHosts).toEqual(['localhost:3000', '127.0.0.1', '[::1]']);
    expect(sut.auth.corsOrigins).toEqual(['http://localhost:5173', 'https://127.0.0.1']);
  });

  it('names every open setting at once', () => {
    expect(() => configurationOf({ HOST: '::', ALLOWED_HOSTS: 'a.example' })).toThrow(
      /HOST .*ALLOWED_HOSTS .*API_KEYS/,
    );
  });

  it('lets listed pages of other machines call from a browser on this one without API keys', () => {
    expect(configurationOf({ CORS_ORIGINS: 'https://app.example' }).auth.corsOrigins).toEqual([
      'https://app.example',
    ]);
  });

  it('listens anywhere with API keys', () => {
    expect(configurationOf({ HOST: '0.0.0.0', API_KEYS: `acme:${HASH}` }).auth.keys).toHaveLength(1);
  });

  it('names every feature without a provider in production', () => {
    expect(() => refuseMissingProviders(configurationOf({ NODE_ENV: 'production' }))).toThrow(
      /tts: .*\n.*chat: /,
    );
  });

  it('asks no provider for a feature that is switched off', () => {
    expect(
      configurationOf({ NODE_ENV: 'production', FEATURES: 'chat', OPENAI_API_KEY: 'sk' }).chat.provider,
    ).toBe('openai');
  });

  it('refuses fakes in production', () => {
    expect(() => configurationOf({ NODE_ENV: 'production', TTS_PROVIDER: 'fake' })).toThrow(/TTS_PROVIDER/);
  });

  it('refuses a Whisper service that wants a key and gets none', () => {
    const key = { OPENAI_API_KEY: 'sk' };
    const server = { WHISPER_OPENAI_BASE_URL: 'http://speaches:8000/v1' };

    expect(() => configurationOf({ WHISPER_ENGINE: 'openai' })).toThrow(/WHISPER_OPENAI_API_KEY/);
    expect(configurationOf({ WHISPER_ENGINE: 'openai', ...key }).worker.openai.apiKey?.reveal()).toBe('sk');
    expect(configurationOf({ WHISPER_ENGINE: 'openai', ...server }).worker.openai.apiKey).toBeUndefined();
  });

  it('asks a Whisper service for its own model by default', () => {
    const server = { WHISPER_ENGINE: 'openai', WHISPER_OPENAI_BASE_URL: 'http://speaches:8000/v1' };

    expect(configurationOf(server).worker.model).toBe('whisper-1');
    expect(configurationOf({ ...server, WHISPER_MODEL: 'demo' }).worker.model).toBe('demo');
  });

  it('refuses a ring that could not hold the longest utterance', () => {
    expect(() => configurationOf({ TRANSCRIPTION_RING_MS: '30000', MAX_UTTERANCE_MS: '28000' })).toThrow(
      /TRANSCRIPTION_RING_MS/,
    );
  });
});
