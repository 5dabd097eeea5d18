import { answerPings } from '../../common/processes/child-pulse.js';
import { createLocalEngine } from '../engines/create-local-engine.js';
import type { Engine } from '../engine.js';
import type { FromHost, HostSettings, HostWork, ToHost } from './host-messages.js';

/**
 * Entry point of an engine host: a process that holds recognisers and does nothing but decode. Native code that crashes, hangs
 * or ends its process affects this process only. It ends with its worker.
 */
let engine: Engine | undefined;

// The terminal sends these to every process of the group. The worker decides when this process ends.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.once('disconnect', () => process.exit(0));
answerPings();
process.on('message', (message: ToHost) => {
  if (message.type === 'start') start(message.settings);
  else if (message.type !== 'ping') void work(message.id, message);
});

function start(settings: HostSettings): void {
  engine = createLocalEngine(settings);
  const { name, model, languages, tasks, detectsLanguage } = engine;
  send({
    type: 'ready',
    description: { name, model, languages: [...languages], tasks: [...tasks], detectsLanguage },
  });
}

async function work(id: number, todo: HostWork): Promise<void> {
  try {
    if (!engine) throw new Error('The host was not started');
    if (todo.type === 'prepare') {
      await engine.prepare(todo.key);
      send({ type: 'done', id });
    } else {
      // Native work cannot be stopped: a decode always runs to its end.
      const never = new AbortController().signal;
      send({ type: 'done', id, result: await engine.decode(todo.request, never) });
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    send({ type: 'failed', id, message, isRange: error instanceof RangeError });
  }
}

/** After the end of the worker nothing can be sent; 'disconnect' ends this process then. */
function send(message: FromHost): void {
  process.send?.(message, undefined, undefined, () => undefined);
}
