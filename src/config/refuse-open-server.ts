import type { AppConfig } from './app-config.js';
import { ConfigError } from './load-env.js';
import { hostNameOf, isLoopback } from './loopback.js';

/**
 * Without API keys whoever reaches the server is served, so every setting that lets others reach it is refused. `CORS_ORIGINS` is
 * none of them: a listed page calls from a browser on this machine.
 * @throws ConfigError that names all of them
 */
export function refuseOpenServer({ auth, server }: Pick<AppConfig, 'auth' | 'server'>): void {
  if (auth.keys.length > 0) return;
  const open = [
    !isLoopback(server.host) && 'HOST is not a loopback address',
    !auth.allowedHosts.every((host) => isLoopback(hostNameOf(host))) &&
      'ALLOWED_HOSTS has names of other machines',
  ].filter((line) => line !== false);
  if (open.length === 0) return;
  throw new ConfigError(`${open.join(', ')}, so API_KEYS must be set (npm run api-key -- TENANT)`);
}
