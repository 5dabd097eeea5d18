import type { AppConfig } from '../config/app-config.js';
import type { SourcePolicy } from './request-source.js';

export function sourcePolicyOf({ auth }: AppConfig): SourcePolicy {
  return {
    origins: auth.corsOrigins,
    allowLocalhostOrigins: auth.allowLocalhostOrigins,
    hosts: auth.allowedHosts,
    isKeyless: auth.keys.length === 0,
  };
}
