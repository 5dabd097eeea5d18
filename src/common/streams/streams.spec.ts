import { describe, expect, it } from '@jest/globals';
import { withIdleTimeout } from './idle-timeout.js';
import { OpenStreams } from './open-streams.js';
import { peekFirst } from './peek-first.js';

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

/** Timers of one millisecond that are set by now have fired. */
async function nextTimer(): Promise<void> {
  for (let count = 0; count < 2; count += 1) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Counts up, then ends, fails or hangs; says whether its reader closed it. */
function counting(last: number, then: 'end' | 'fail' | 'hang') {
  const state = { wasClosed: false };
  async function* source(): AsyncGenerator<number> {
    try {
      for (let n = 1; n <= last; n += 1) yield n;
      if (then === 'fail') throw new Error('cut');
      if (then === 'hang') await new Promise(() => undefined);
    } finally {
      state.wasClosed = true;
    }
  }
  return { source: source(), state };
}

describe(withIdleTimeout.name, () => {
  it('passes a stream through', async () => {
    expect(
      await collect(withIdleTimeout(counting(3, 'end').source, { idleMs: 60_000 }, () => new Error('idle'))),
    ).toEqual([1, 2, 3]);
  });

  it('fails when the source falls silent', async () => {
    const sut = withIdleTimeout(
      counting(2, 'hang').source,
      { firstMs: 60_000, idleMs: 1 },
      () => new Error('idle'),
    );

    await expect(collect(sut)).rejects.toThrow('idle');
  });

  it('has a limit of its own for the first item', async () => {
    const sut = withIdleTimeout(
      counting(0, 'hang').source,
      { firstMs: 1, idleMs: 60_000 },
      () => new Error('idle'),
    );

    await expect(collect(sut)).rejects.toThrow('idle');
  });

  it('does not count the time that the reader takes', async () => {
    const read: number[] = [];
    const { source } = counting(2, 'end');
    for await (const item of withIdleTimeout(source, { idleMs: 1 }, () => new Error('idle'))) {
      read.push(item);
      await nextTimer();
    }

    expect(read).toEqual([1, 2]);
  });

  it('closes the source when the reader leaves', async () => {
    const { source, state } = counting(3, 'end');

    for await (const _ of withIdleTimeout(source, { idleMs: 60_000 }, () => new Error('idle'))) break;

    expect(state.wasClosed).toBe(true);
  });
});

describe(peekFirst.name, () => {
  it('gives the whole stream back', async () => {
    expect(await collect(await peekFirst(counting(3, 'end').source))).toEqual([1, 2, 3]);
  });

  it('rejects at once when the stream fails before its first item', async () => {
    await expect(peekFirst(counting(0, 'fail').source)).rejects.toThrow('cut');
  });

  it('passes later failures on in the stream', async () => {
    await expect(collect(await peekFirst(counting(1, 'fail').source))).rejects.toThrow('cut');
  });

  it('closes the source when the reader leaves', async () => {
    const { source, state } = counting(3, 'end');

    for await (const _ of await peekFirst(source)) break;

    expect(state.wasClosed).toBe(true);
  });
});

describe(OpenStreams.name, () => {
  it('waits for the streams it asked to end', async () => {
    const sut = new OpenStreams({ noticeMs: 0, graceMs: 60_000 });
    const leave = sut.enter();
    sut.closing.addEventListener('abort', () => leave());

    await sut.onModuleDestroy();

    expect(sut.size).toBe(0);
  });

  it('is leaving before it asks the streams to end', async () => {
    const sut = new OpenStreams({ noticeMs: 1, graceMs: 1 });
    expect(sut.isLeaving).toBe(false);

    const ended = sut.onModuleDestroy();

    expect([sut.isLeaving, sut.closing.aborted]).toEqual([true, false]);
    await ended;
    expect(sut.closing.aborted).toBe(true);
  });

  it('gives up on a stream that does not end', async () => {
    const sut = new OpenStreams({ noticeMs: 0, graceMs: 1 });
    sut.enter();

    await sut.onModuleDestroy();

    expect(sut.size).toBe(1);
  });

  it('counts a stream that leaves twice once', () => {
    const sut = new OpenStreams({ noticeMs: 0, graceMs: 1 });
    const leave = sut.enter();
    sut.enter();

    leave();
    leave();

    expect(sut.size).toBe(1);
  });
});
