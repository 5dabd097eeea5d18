import { constants } from 'node:os';

/** `npm start` passes on the signal that a terminal has sent to all processes already, so one key comes twice. */
const SAME_PRESS_MS = 500;

export type EndingSignal = 'SIGINT' | 'SIGTERM';

/**
 * The first signal begins a shutdown, which somebody else does. A second one ends this process at once, with the exit code that a
 * shell gives to a process which the signal has ended. Children that were forked see their channel close, those that read a pipe its end.
 */
export function endOnSecondSignal(
  signals: readonly EndingSignal[] = ['SIGINT', 'SIGTERM'],
  own: Pick<NodeJS.Process, 'on' | 'exit'> = process,
  nowMs: () => number = () => performance.now(),
): void {
  let firstMs: number | undefined;
  for (const signal of signals) {
    own.on(signal, () => {
      firstMs ??= nowMs();
      if (nowMs() - firstMs > SAME_PRESS_MS) own.exit(128 + constants.signals[signal]);
    });
  }
}
