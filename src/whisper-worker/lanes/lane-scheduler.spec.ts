import { describe, expect, it } from '@jest/globals';
import { OverloadedError } from '../../common/errors/caller-errors.js';
import { LaneScheduler } from './lane-scheduler.js';

const never = new AbortController().signal;
const job = { session: {}, samples: 1 };

/** Work that ends when it is told to. */
function work(): { run: () => Promise<string>; end: (error?: Error) => void; isStarted: () => boolean } {
  let isStarted = false;
  let end!: (error?: Error) => void;
  const ended = new Promise<string>((resolve, reject) => {
    end = (error) => (error ? reject(error) : resolve('done'));
  });
  return {
    run: () => {
      isStarted = true;
      return ended;
    },
    end,
    isStarted: () => isStarted,
  };
}

describe(LaneScheduler.name, () => {
  it('runs as many at once as there are lanes', async () => {
    const sut = new LaneScheduler(2, 10);
    const works = [work(), work(), work()];
    const runs = works.map(({ run }) => sut.run({ session: {}, samples: 1 }, run, never));
    expect(works.map(({ isStarted }) => isStarted())).toEqual([true, true, false]);
    works.forEach(({ end }) => end());
    await expect(Promise.all(runs)).resolves.toEqual(['done', 'done', 'done']);
    expect(sut.free).toBe(2);
  });

  it('frees the lane of work that fails', async () => {
    const sut = new LaneScheduler(1, 10);
    const failing = work();
    const run = sut.run(job, failing.run, never);
    failing.end(new Error('broken'));
    await expect(run).rejects.toThrow('broken');
    expect(sut.free).toBe(1);
  });

  it('refuses when too many wait', async () => {
    const sut = new LaneScheduler(1, 1);
    const first = work();
    const runs = [sut.run(job, first.run, never), sut.run(job, async () => 'done', never)];
    await expect(sut.run(job, async () => 'done', never)).rejects.toThrow(OverloadedError);
    first.end();
    await Promise.all(runs);
  });

  it('forgets who no longer wants to wait', async () => {
    const sut = new LaneScheduler(1, 10);
    const first = work();
    const running = sut.run(job, first.run, never);
    const abort = new AbortController();
    const second = work();
    const waiting = sut.run(job, second.run, abort.signal);
    abort.abort();
    await expect(waiting).rejects.toThrow(/abort/i);
    first.end();
    await running;
    expect([second.isStarted(), sut.waiting, sut.free]).toEqual([false, 0, 1]);
  });

  it('rejects at once when its work is aborted, and keeps the lane until the work has ended', async () => {
    const sut = new LaneScheduler(1, 10);
    const abort = new AbortController();
    const first = work();
    const running = sut.run(job, first.run, abort.signal);
    abort.abort();
    await expect(running).rejects.toThrow(/abort/i);
    expect(sut.free).toBe(0);
    const next = work();
    const waiting = sut.run(job, next.run, never);
    first.end();
    next.end();
    await expect(waiting).resolves.toBe('done');
  });

  it('lets a speculative decode have the lane that interims leave free', async () => {
    const sut = new LaneScheduler(2, 10);
    const works = [work(), work()];
    const runs = [
      sut.tryRun('interim', works[0]!.run, never),
      sut.tryRun('speculative', works[1]!.run, never),
    ];
    expect(works.map(({ isStarted }) => isStarted())).toEqual([true, true]);
    works.forEach(({ end }) => end());
    for (const run of runs) await expect(run).resolves.toBe('done');
  });

  it('keeps one lane free of interims', async () => {
    const sut = new LaneScheduler(2, 10);
    const first = work();
    const optional = sut.tryRun('interim', first.run, never);
    expect(sut.tryRun('interim', work().run, never)).toBeUndefined();
    first.end();
    await optional;
    expect(sut.free).toBe(2);
  });

  it('runs work that may be left out on a single lane, but not while somebody waits', async () => {
    const sut = new LaneScheduler(1, 10);
    const [optional, final] = [work(), work()];
    const running = sut.tryRun('interim', optional.run, never);
    const waiting = sut.run(job, final.run, never);
    expect(sut.tryRun('interim', work().run, never)).toBeUndefined();
    optional.end();
    final.end();
    await Promise.all([running, waiting]);
    expect(final.isStarted()).toBe(true);
  });
});
