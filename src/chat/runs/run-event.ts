import type { HttpErrorBody } from '../../common/errors/error-body.js';
import type { FinishReason, TokenUsage } from '../chat-model.js';

/** Why a run was stopped before its end. */
export type CancelledBy = 'user' | 'disconnect' | 'shutdown';

/**
 * The event vocabulary of a run (docs/api/chat.md). None may be called `error`, `open` or `message`: browsers raise events of
 * these names themselves.
 */
export interface RunEventData {
  /** Always first. */
  run: { runId: string; model: string; template?: string; createdAt: string };
  step: {
    stepId: string;
    name: string;
    status: 'started' | 'progress' | 'done' | 'failed';
    detail?: string;
  };
  source: {
    sourceId: string;
    index: number;
    kind: string;
    title: string;
    url?: string;
    snippet?: string;
  };
  reasoning: { text: string };
  /** The only event that carries the answer. */
  delta: { text: string };
  /** A sentence is complete and may be spoken. Offsets are UTF-16 units of the whole answer. */
  sentence: { index: number; start: number; end: number };
  /** Before every ending. `estimated`: counted by us, because the provider did not tell. */
  usage: TokenUsage & { estimated: boolean };
  /** The answer up to `uptoSeq`, in place of deltas that are no longer kept. */
  snapshot: { text: string; uptoSeq: number };
  done: { finishReason: FinishReason; ttftMs: number | null; durationMs: number };
  /** `partial`: some of the answer had been sent. */
  failed: HttpErrorBody & { retryable: boolean; retryAfterMs?: number; partial: boolean };
  cancelled: { by: CancelledBy; partial: boolean };
}

export type RunEventName = keyof RunEventData;

/** One entry of a run's log. */
export type RunEvent = {
  [Name in RunEventName]: { readonly seq: number; readonly name: Name; readonly data: RunEventData[Name] };
}[RunEventName];

/** Exactly one of them, and nothing after it. A stream that stops without one was cut. */
export function isEnding(event: RunEvent): boolean {
  return event.name === 'done' || event.name === 'failed' || event.name === 'cancelled';
}
