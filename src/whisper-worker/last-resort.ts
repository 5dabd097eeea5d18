import type { Logger } from 'pino';
import { failOwner } from './session/session-scope.js';

/**
 * What a session threw where nobody caught it ends that session, and the others go on. Anything else leaves a process that nobody
 * should trust: it ends, and whoever supervises it starts another.
 */
export function installLastResort(logger: Logger): void {
  process.on('uncaughtException', (error) => {
    if (failOwner(error)) return;
    logger.fatal({ err: error }, 'Whisper worker failed');
    process.exit(1);
  });
}
