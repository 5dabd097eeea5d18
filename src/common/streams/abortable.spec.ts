import { describe, expect, it } from '@jest/globals';
import { abortable } from './abortable.js';

const GONE = new Error('gone');

function never(): Promise<never> {
  return new Promise(() => undefined);
}

describe(abortable.name, () => {
  it('gives what the work gives', async () => {
    await expect(abortable(Promise.resolve(1), new AbortController().signal)).resolves.toBe(1);
  });

  it('fails as the work fails', async () => {
    await expect(abortable(Promise.reject(GONE), new AbortController().signal)).rejects.toBe(GONE);
  });

  it('rejects with the reason as soon as the signal aborts', async () => {
    const caller = new AbortController();
    const result = abortable(never(), caller.signal);
    caller.abort(GONE);
    await expect(result).rejects.toBe(GONE);
  });

  it('rejects at once when the signal is aborted already', async () => {
    await expect(abortable(Promise.resolve(1), AbortSignal.abort(GONE))).rejects.toBe(GONE);
  });

  it('tells of an abort before anything else runs', () => {
    const caller = new AbortController();
    let isTold = false;
    abortable(never(), caller.signal, () => (isTold = true)).catch(() => undefined);
    caller.abort(GONE);
    expect(isTold).toBe(true);
  });

  it('does not tell of an abort after the work', async () => {
    const caller = new AbortController();
    let isTold = false;
    await abortable(Promise.resolve(1), caller.signal, () => (isTold = true));
    caller.abort(GONE);
    expect(isTold).toBe(false);
  });
});
