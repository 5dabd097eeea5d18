import { answerPings } from '../../common/processes/child-pulse.js';
import { createLocalEngine } from '../engines/create-local-engine.js';
import type { Engine } from '../engine.js';
import type { FromHost, HostSettings, HostWork, ToHost } from './host-messages.js';

/**
 * Entry point of an engine host: a process that holds recognisers and does nothing but decode. Native code that crashes, hangs
 * or ends its process takes this one only. It lives as long as its worker.
 */
let engine: Engine | undefined;

// The terminal sends these to every process of the group; when to end is the worker's decision.
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
      // Nothing aborts here: a decode that is not wanted any more is left to end unheard.
      const never = new AbortController().signal;
      send({ type: 'done', id, result: await engine.decode(todo.request, never) });
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    send({ type: 'failed', id, message, isRange: error instanceof RangeError });
  }
}

/** A worker that has just died cannot be told; 'disconnect' ends this process then. */
function send(message: FromHost): void {
  process.send?.(message, undefined, undefined, () => undefined);
}
