import type { ConfigType } from '@nestjs/config';
import type { authConfig } from '../../auth/auth.config.js';
import { ConfigError } from '../../config/load-env.js';
import type { serverConfig } from '../../config/server.config.js';
import { createOpenAiClient } from '../../openai/openai-client.js';
import type { SpeechSynthesizer } from '../speech-synthesizer.js';
import type { modelsConfig } from '../../models/models.config.js';
import type { ttsConfig, TtsProvider } from '../tts.config.js';
import type { voicesConfig } from '../voices.config.js';
import { EspeakSynthesizer } from './espeak/espeak-synthesizer.js';
import { findEspeak } from './espeak/find-espeak.js';
import { FakeSynthesizer } from './fake/fake-synthesizer.js';
import { OpenAiSynthesizer } from './openai/openai-synthesizer.js';
import { createSherpa } from './sherpa/create-sherpa.js';
import { UnconfiguredSynthesizer } from './unconfigured-synthesizer.js';

/**
 * The configured provider and those it falls back to. One that cannot work: a boot error or a stand-in that answers 503, as
 * configured.
 * @throws ConfigError
 */
export function createSynthesizers(
  tts: ConfigType<typeof ttsConfig>,
  server: ConfigType<typeof serverConfig>,
  auth: ConfigType<typeof authConfig>,
  voices: ConfigType<typeof voicesConfig>,
  models: ConfigType<typeof modelsConfig>,
): readonly SpeechSynthesizer[] {
  const { provider, fallback, impliedFallback } = tts;
  const names = [...new Set([provider, ...fallback])];
  // One with another behind it is asked once: the other one answers sooner than a second try would.
  const synthesizers = names.map((name, index) =>
    create(name, { tts, auth, voices, models }, index === names.length - 1),
  );
  for (const synthesizer of synthesizers) {
    if (synthesizer instanceof UnconfiguredSynthesizer && server.missingProvider === 'boot-error') {
      throw new ConfigError(`Text to speech has no provider. ${synthesizer.remedy}`);
    }
  }
  const implied = impliedFallback && create(impliedFallback, { tts, auth, voices, models }, true);
  if (implied && !(implied instanceof UnconfiguredSynthesizer)) synthesizers.push(implied);
  return synthesizers;
}

interface Settings {
  tts: ConfigType<typeof ttsConfig>;
  auth: ConfigType<typeof authConfig>;
  voices: ConfigType<typeof voicesConfig>;
  models: ConfigType<typeof modelsConfig>;
}

function create(
  name: TtsProvider | undefined,
  { tts, auth, voices, models }: Settings,
  isLast: boolean,
): SpeechSynthesizer {
  switch (name) {
    case 'openai':
      if (tts.openai.apiKey === undefined && new URL(tts.openai.baseUrl).hostname === 'api.openai.com') {
        return new UnconfiguredSynthesizer('Set OPENAI_API_KEY or TTS_API_KEY.');
      }
      return new OpenAiSynthesizer(
        createOpenAiClient(isLast ? tts.openai : { ...tts.openai, maxRetries: 0 }),
        [...new Set([...tts.serviceFormats, 'pcm' as const])],
        tts.serviceMaxChars,
      );
    case 'espeak': {
      const engine = findEspeak(tts, auth);
      return engine
        ? new EspeakSynthesizer(engine)
        : new UnconfiguredSynthesizer('Set ESPEAK_PATH to an espeak-ng binary.');
    }
    case 'sherpa':
      return createSherpa(tts, voices, models, auth);
    case 'fake':
      return new FakeSynthesizer();
    case undefined:
      return new UnconfiguredSynthesizer('Set OPENAI_API_KEY, TTS_BASE_URL or TTS_PROVIDER.');
  }
}
