import { InvalidInputError } from '../../common/errors/caller-errors.js';

/** A place in a run's log: everything up to `seq` is behind, and `offset` UTF-16 units of the delta that follows it. */
export interface RunPosition {
  seq: number;
  offset: number;
}

export const RUN_START: RunPosition = { seq: 0, offset: 0 };

/** `{seq}`, or `{seq}.{offset}` in the middle of the delta `seq`. */
const POSITION = /^(\d{1,15})(?:\.(\d{1,15}))?$/;
const EVENT_ID = /^(run_[A-Za-z0-9_-]{1,64}):(\d[\d.]*)$/;

/** The id of an SSE event: the run it belongs to and how far a reader has come that has seen it. */
export function formatEventId(runId: string, position: RunPosition): string {
  return `${runId}:${formatPosition(position)}`;
}

function formatPosition({ seq, offset }: RunPosition): string {
  return offset === 0 ? String(seq) : `${seq + 1}.${offset}`;
}

/** @throws InvalidInputError naming `param` */
export function parsePosition(text: string, param: string): RunPosition {
  const match = POSITION.exec(text);
  if (!match) throw new InvalidInputError(param, `${param} must be the id of an event.`);
  const seq = Number(match[1]);
  const offset = Number(match[2] ?? 0);
  return offset === 0 ? { seq, offset } : { seq: Math.max(seq - 1, 0), offset };
}

/** Reads `Last-Event-ID`. Undefined for an id that is none of ours. */
export function parseEventId(id: string): { runId: string; position: RunPosition } | undefined {
  const match = EVENT_ID.exec(id);
  if (!match || !POSITION.test(match[2]!)) return undefined;
  return { runId: match[1]!, position: parsePosition(match[2]!, 'Last-Event-ID') };
}
