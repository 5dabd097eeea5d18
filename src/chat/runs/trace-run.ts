import { beginSpan, endSpan, isTracing, within } from '../../common/tracing/spans.js';
import type { Run, RunOptions } from './run.js';

/** The span of a run: from its begin until the provider's work has ended too, however long its connections last. */
export function traceRun({ id, template }: RunOptions, begin: () => Run): Run {
  if (!isTracing) return begin();
  const span = beginSpan('chat run', {
    attributes: { 'parley.run.id': id, 'parley.run.template': template },
  });
  const run = within(span, begin);
  void run.settled.then(() => {
    span.setAttributes({ 'parley.run.ending': run.status, 'parley.run.events': run.log.lastSeq });
    endSpan(span, run.status === 'cancelled' ? 'cancelled' : run.failure);
  });
  return run;
}
