import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { LinkedAbort } from './linked-abort.js';

describe(LinkedAbort.name, () => {
  it.each(['first', 'second'])('aborts as the %s signal does, with its reason', (which) => {
    const sources = { first: new AbortController(), second: new AbortController() };
    const sut = new LinkedAbort(sources.first.signal, sources.second.signal);
    sources[which as 'first'].abort('why');

    expect([sut.signal.aborted, sut.signal.reason]).toEqual([true, 'why']);
  });

  it('is aborted from the start when a signal is', () => {
    expect(new LinkedAbort(AbortSignal.abort('before')).signal.reason).toBe('before');
  });

  it('aborts by itself and leaves its sources alone', () => {
    const source = new AbortController();
    const sut = new LinkedAbort(source.signal);
    sut.abort('own');

    expect([sut.signal.reason, source.signal.aborted]).toEqual(['own', false]);
  });

  it.each<[string, (sut: LinkedAbort) => void]>([
    ['unlinked', (sut) => sut.unlink()],
    ['aborted', (sut) => sut.abort()],
  ])('leaves no listener behind once it is %s', (_how, end) => {
    const { signal } = new AbortController();
    for (let count = 0; count < 20; count += 1) end(new LinkedAbort(signal));

    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('leaves no listener with its other sources when one of them aborts', () => {
    const lasting = new AbortController();
    const short = new AbortController();
    const sut = new LinkedAbort(lasting.signal, short.signal);
    short.abort();

    expect(sut.signal.aborted).toBe(true);
    expect(getEventListeners(lasting.signal, 'abort')).toHaveLength(0);
  });

  it('does not follow after it was unlinked', () => {
    const source = new AbortController();
    const sut = new LinkedAbort(source.signal);
    sut.unlink();
    source.abort();

    expect(sut.signal.aborted).toBe(false);
  });
});
