/**
 * Settles as `work` does, or rejects with the signal's reason as soon as it aborts. The work itself goes on and nobody hears of it.
 * @param onAbort called in the moment of the abort, before anything else runs: to leave a queue, say
 */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal, onAbort?: () => void): Promise<T> {
  let listener: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    listener = () => {
      onAbort?.();
      reject(signal.reason as Error);
    };
    if (signal.aborted) listener();
    else signal.addEventListener('abort', listener, { once: true });
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    if (listener) signal.removeEventListener('abort', listener);
  }
}
