/** Calls `end` once: when `signal` aborts, or at once when it has. For what lives as long as a signal. */
export function whenAborted(signal: AbortSignal, end: () => void): void {
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
}
