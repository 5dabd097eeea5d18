import { describe, expect, it } from '@jest/globals';
import { configurationOf } from '../../../configuration.js';
import { workerEnvironment } from './worker-environment.js';

describe(workerEnvironment.name, () => {
  const GATEWAY = {
    OPENAI_API_KEY: 'sk-of-the-provider',
    CHAT_API_KEY: 'sk-of-chat',
    TTS_URL_SECRET: 'signs-addresses',
    API_KEYS: `tenant:${'0'.repeat(64)}`,
    HOST: '0.0.0.0',
    WHISPER_MODEL: 'small',
  };

  it('holds no key, no hash of a caller and no address to serve the world on', () => {
    const values = Object.values(workerEnvironment(configurationOf(GATEWAY), 'token')).join('\n');
    expect(values).not.toMatch(/sk-of|signs|0{64}|0\.0\.0\.0/);
  });

  it('holds the key of the speech server only where the engine is one', () => {
    const config = configurationOf({
      ...GATEWAY,
      WHISPER_ENGINE: 'openai',
      WHISPER_OPENAI_API_KEY: 'sk-of-speech',
    });
    const values = Object.values(workerEnvironment(config, 'token'));
    expect(values.filter((value) => value?.startsWith('sk-'))).toEqual(['sk-of-speech']);
  });

  it('gives the worker what the gateway was told about it, variable by variable', () => {
    const told = {
      ...GATEWAY,
      WHISPER_LANGUAGE: 'ko',
      WHISPER_LANES: '3',
      WHISPER_LANES_PER_HOST: '2',
      WHISPER_MAX_RECOGNISERS: '7',
      WHISPER_DECODE_TIMEOUT_MS: '11111',
      WHISPER_LOAD_TIMEOUT_MS: '22222',
      WHISPER_HUNG_MS: '3333',
      WHISPER_MAX_UNREAD_BYTES: '70000',
      WHISPER_INTERIM_MS: '444',
      WHISPER_MAX_SESSIONS: '9',
      WHISPER_MAX_BACKGROUND_SESSIONS: '3',
      WHISPER_QUEUE_LIMIT: '8',
      MAX_UTTERANCE_MS: '15000',
      VAD_SILENCE_MS: '600',
      VAD_THRESHOLD: '0.4',
      OPENAI_MAX_RETRIES: '1',
      OPENAI_RETRY_WAIT_MS: '321',
      OPENAI_CONNECT_TIMEOUT_MS: '1234',
    };
    const gateway = configurationOf(told);
    const child = configurationOf(workerEnvironment(gateway, 'token'));
    const { apiKey: _key, ...endpoint } = gateway.worker.openai;
    expect(child.worker).toMatchObject({
      ...gateway.worker,
      port: 0,
      token: child.worker.token,
      openai: endpoint,
    });
  });
});
