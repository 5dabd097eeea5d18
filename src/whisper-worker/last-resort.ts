import type { Logger } from 'pino';
import { failOwner } from './session/session-scope.js';

/**
 * An uncaught error of a session ends that session, and the others go on. After any other uncaught error the state of the process is
 * unknown: it exits, and its supervisor starts another.
 */
export function installLastResort(logger: Logger): void {
  process.on('uncaughtException', (error) => {
    if (failOwner(error)) return;
    logger.fatal({ err: error }, 'Whisper worker failed');
    process.exit(1);
  });
}
