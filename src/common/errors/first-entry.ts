const logged = new WeakSet<object>();

/** Whether an error has no log entry yet. It has one now: whoever meets the same error later on leaves it at that. */
export function isFirstEntryOf(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return true;
  if (logged.has(error)) return false;
  logged.add(error);
  return true;
}
