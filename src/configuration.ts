import { annotationConfig } from './annotation/annotation.config.js';
import { appConfig } from './app.config.js';
import { audioConfig } from './audio/audio.config.js';
import { authConfig } from './auth/auth.config.js';
import { socketsConfig } from './auth/sockets.config.js';
import { issuerConfig } from './auth/tokens/issuer.config.js';
import { tokensConfig } from './auth/tokens/tokens.config.js';
import { chatConfig } from './chat/chat.config.js';
import type { ConfigOf } from './config/config-slice.js';
import { ConfigError } from './config/load-env.js';
import { hostNameOf, isLoopback } from './config/loopback.js';
import { processConfig } from './config/process.config.js';
import { readSlices } from './config/read-slices.js';
import { serverConfig } from './config/server.config.js';
import { ledgerConfig } from './ledger/ledger.config.js';
import { loggingConfig } from './logging/logging.config.js';
import { metricsConfig } from './metrics/metrics.config.js';
import { modelsConfig } from './models/models.config.js';
import { openAiConfig } from './openai/openai.config.js';
import { transcriptionConfig } from './transcription/transcription.config.js';
import { ttsConfig } from './tts/tts.config.js';
import { voicesConfig } from './tts/voices.config.js';
import { workerConfig } from './whisper-worker/worker.config.js';

/** Every part of the gateway's configuration, in the order of `.env.example` and docs/configuration.md. */
export const GATEWAY_SLICES = [
  processConfig,
  serverConfig,
  appConfig,
  loggingConfig,
  metricsConfig,
  authConfig,
  tokensConfig,
  issuerConfig,
  socketsConfig,
  ledgerConfig,
  openAiConfig,
  ttsConfig,
  voicesConfig,
  audioConfig,
  chatConfig,
  annotationConfig,
  transcriptionConfig,
  modelsConfig,
  workerConfig,
] as const;

/** The values of every slice by its namespace, built once. Features are given theirs by injection. */
export type Configuration = ConfigOf<typeof GATEWAY_SLICES>;

/**
 * The gateway's configuration. The rules that join several slices are here and nowhere else.
 * @param variables raw, as the process and its `.env` have them
 * @throws ConfigError that says what to set
 */
export function configurationOf(variables: Record<string, string | undefined>): Configuration {
  const config = readSlices(GATEWAY_SLICES, variables);
  refuseOpenServer(config);
  if (
    config.metrics.port !== undefined &&
    config.metrics.port !== 0 &&
    config.metrics.port === config.server.port
  ) {
    throw new ConfigError('METRICS_PORT must differ from PORT');
  }
  if (config.transcription.ringMs < config.worker.maxUtteranceMs + 10_000) {
    throw new ConfigError('TRANSCRIPTION_RING_MS must exceed MAX_UTTERANCE_MS by 10000 at least');
  }
  return config;
}

/**
 * Before the start: in production no feature goes without a provider unless `MISSING_PROVIDER` allows it.
 * @throws ConfigError that names the variables of every such feature
 */
export function refuseMissingProviders(config: Configuration): void {
  if (config.server.missingProvider !== 'boot-error') return;
  const missing = missingProviders(config);
  if (missing.length === 0) return;
  const lines = missing.map((line) => `  ${line}`).join('\n');
  throw new ConfigError(
    `Features without a provider (set one, or leave the feature out of FEATURES):\n${lines}`,
  );
}

/** Each feature without a provider, and the variables that bring one. */
export function missingProviders({ app: { features }, tts, chat }: Configuration): string[] {
  return [
    features.includes('tts') &&
      tts.provider === undefined &&
      'tts: OPENAI_API_KEY, TTS_BASE_URL or TTS_PROVIDER',
    features.includes('chat') &&
      chat.provider === undefined &&
      'chat: OPENAI_API_KEY, CHAT_BASE_URL or CHAT_PROVIDER',
  ].filter((line) => line !== false);
}

/**
 * Without API keys every request that arrives is served, so a setting that lets other machines reach the server is refused.
 * `CORS_ORIGINS` is not one of them: a listed page calls from a browser on this machine.
 * @throws ConfigError that names all of them
 */
function refuseOpenServer({ auth, server }: Configuration): void {
  if (!auth.isKeyless) return;
  const open = [
    !isLoopback(server.host) && 'HOST is not a loopback address',
    !auth.allowedHosts.every((host) => isLoopback(hostNameOf(host))) &&
      'ALLOWED_HOSTS has names of other machines',
    server.trustedProxies.length > 0 && 'TRUST_PROXY passes on what other machines ask',
  ].filter((line) => line !== false);
  if (open.length === 0) return;
  throw new ConfigError(
    `${open.join(', ')}, so API_KEYS or API_KEYS_FILE must be set (npm run api-key -- TENANT), or AUTH_JWT_ISSUER`,
  );
}
