import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NearName } from './config/near-names.js';
import { missingProviders, type Configuration } from './configuration.js';
import { HealthRegistry } from './health/health-registry.js';

/** Logs where the server listens and which providers it uses, with a warning for each part that is a demo or has no provider. */
export async function announce(
  app: NestExpressApplication,
  config: Configuration,
  nearNames: readonly NearName[],
): Promise<void> {
  const logger = new Logger('Parley');
  const components = await app.get(HealthRegistry).report();
  const providers = Object.fromEntries(
    Object.entries(components).map(([name, { provider }]) => [name, provider]),
  );
  for (const { variable, meant } of nearNames)
    logger.warn({ variable, meant }, 'This variable is none of ours and is ignored; was another one meant?');
  if (config.worker.usesFormerName)
    logger.warn({ model: config.worker.model }, 'WHISPER_MODEL=demo means the model that comes with Parley');
  const demo = demoParts(config);
  if (demo.length > 0)
    logger.warn({ demo }, 'DEMO: some parts are not the real thing. Set their providers in .env');
  const missing = missingProviders(config);
  if (missing.length > 0)
    logger.warn(
      { missing },
      'Features without a provider answer 503. The variables that bring one are named',
    );
  if (config.process.isProduction && config.auth.isKeyless)
    logger.warn('No API_KEYS: every program on this machine is served, so put no proxy in front');
  logger.log({ url: await app.getUrl(), profile: config.process.profile, providers }, 'Parley is listening');
}

function demoParts(config: Configuration): string[] {
  const {
    app: { features },
    tts,
    chat,
  } = config;
  if (config.process.profile !== 'demo') return [];
  return [
    features.includes('chat') && chat.provider === 'scripted' && 'scripted chat',
    features.includes('tts') && tts.provider === 'espeak' && 'a robot voice',
  ].filter((part) => part !== false);
}
