import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { AppConfig } from './config/app-config.js';
import { HealthRegistry } from './health/health-registry.js';

/** Says at start where the server is and what is behind it, so that nobody takes the demo for the real thing. */
export async function announce(app: NestExpressApplication, config: AppConfig): Promise<void> {
  const logger = new Logger('Parley');
  const components = await app.get(HealthRegistry).report();
  const providers = Object.fromEntries(
    Object.entries(components).map(([name, { provider }]) => [name, provider]),
  );
  if (config.profile === 'demo') {
    logger.warn(
      { providers },
      'DEMO profile: scripted chat, a robot voice and speech models of about 60 words. Set a provider in .env for the real thing',
    );
  }
  logger.log({ url: await app.getUrl(), profile: config.profile, providers }, 'Parley is listening');
}
