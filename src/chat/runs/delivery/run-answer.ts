import type { FinishReason } from '../../chat-model.js';
import type { RunEventData } from '../run-event.js';
import type { Run, RunStatus } from '../run.js';

/** A run as JSON: its state, and the answer as far as it goes. */
export interface RunAnswer {
  runId: string;
  status: RunStatus;
  model: string;
  template?: string;
  createdAt: string;
  text: string;
  lastSeq: number;
  steps?: RunEventData['step'][];
  sources?: RunEventData['source'][];
  finishReason?: FinishReason;
  ttftMs?: number | null;
  durationMs?: number;
  usage?: RunEventData['usage'];
  error?: RunEventData['failed'];
  cancelledBy?: RunEventData['cancelled']['by'];
}

export function answerOf(run: Run): RunAnswer {
  const { log, options } = run;
  const steps = log.all('step');
  const sources = log.all('source');
  return {
    runId: run.id,
    status: run.status,
    model: options.model,
    ...(options.template !== undefined && { template: options.template }),
    createdAt: run.createdAt.toISOString(),
    text: log.text,
    lastSeq: log.lastSeq,
    ...(steps.length > 0 && { steps }),
    ...(sources.length > 0 && { sources }),
    ...endingOf(run),
  };
}

function endingOf({ log }: Run): Partial<RunAnswer> {
  const { ending } = log;
  if (!ending) return {};
  const [usageData] = log.all('usage');
  const usage = usageData ? { usage: usageData } : {};
  if (ending.name === 'done') return { ...ending.data, ...usage };
  if (ending.name === 'failed') return { error: ending.data, ...usage };
  if (ending.name === 'cancelled') return { cancelledBy: ending.data.by, ...usage };
  return usage;
}
