import type { IncomingMessage } from 'node:http';

const LIVENESS_PATH = '/health/live';

/**
 * An orchestrator asks by whatever address the process has, often through a proxy of its own. The answer is the same for
 * everybody and says nothing but that the process serves, so it is given to everybody.
 */
export function isLivenessProbe({ method, url = '' }: IncomingMessage): boolean {
  return (method === 'GET' || method === 'HEAD') && url.split('?', 1)[0] === LIVENESS_PATH;
}
