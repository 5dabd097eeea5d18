/**
 * Jest runs tests in a realm of their own, where the `DOMException` of an aborted fetch is no `instanceof Error`, so that the
 * SDK does not know its own timeout again. Gives aborts the test realm's `Error` while installed, as a plain process has it.
 * @returns takes it out again
 */
export function installSameRealmFetch(): () => void {
  const original = globalThis.fetch;
  globalThis.fetch = async (...args) => {
    try {
      return await original(...args);
    } catch (error) {
      throw isAbort(error)
        ? Object.assign(new Error('This operation was aborted'), { name: 'AbortError' })
        : error;
    }
  };
  return () => {
    globalThis.fetch = original;
  };
}

function isAbort(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError';
}
