import { beforeEach, describe, expect, it } from '@jest/globals';
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

  describe('in the background', () => {
    const recording = { session: {}, samples: 1, priority: 'background' } as const;
    let nowMs: number;
    let sut: LaneScheduler;

    beforeEach(() => {
      nowMs = 60_000;
      sut = new LaneScheduler(2, 10, () => nowMs);
    });

    it('runs on all lanes while nobody speaks', () => {
      const works = [work(), work()];
      for (const { run } of works) void sut.run(recording, run, never);
      expect(works.map(({ isStarted }) => isStarted())).toEqual([true, true]);
    });

    it('leaves one lane to those who spoke a moment ago, and takes it when they have been silent', async () => {
      const live = work();
      const speaking = sut.run(job, live.run, never);
      live.end();
      await speaking;
      const works = [work(), work(), work()];
      const runs = works.map(({ run }) => sut.run(recording, run, never));
      expect(works.map(({ isStarted }) => isStarted())).toEqual([true, false, false]);
      nowMs += 10_000;
      works[0]!.end();
      await runs[0];
      expect(works.map(({ isStarted }) => isStarted())).toEqual([true, true, true]);
    });

    it('waits behind everybody else', async () => {
      const [first, second, live, background] = [work(), work(), work(), work()];
      const runs = [sut.run(job, first.run, never), sut.run(job, second.run, never)];
      const later = [sut.run(recording, background.run, never), sut.run(job, live.run, never)];
      first.end();
      await runs[0];
      expect([live.isStarted(), background.isStarted()]).toEqual([true, false]);
      for (const each of [second, live, background]) each.end();
      await Promise.all([...runs, ...later]);
      expect(sut.free).toBe(2);
    });

    it('takes the only lane there is, while nobody waits for it', async () => {
      const single = new LaneScheduler(1, 10, () => nowMs);
      const live = work();
      const speaking = single.run(job, live.run, never);
      const background = work();
      const waiting = single.run(recording, background.run, never);
      expect(background.isStarted()).toBe(false);
      live.end();
      background.end();
      await Promise.all([speaking, waiting]);
      expect(background.isStarted()).toBe(true);
    });

    it('is forgotten when it is no longer wanted', async () => {
      const running = [work(), work()];
      const runs = running.map(({ run }) => sut.run(recording, run, never));
      const abort = new AbortController();
      const unwanted = work();
      const waiting = sut.run(recording, unwanted.run, abort.signal);
      abort.abort();
      await expect(waiting).rejects.toThrow(/abort/i);
      running.forEach(({ end }) => end());
      await Promise.all(runs);
      expect([unwanted.isStarted(), sut.waitingInBackground, sut.free]).toEqual([false, 0, 2]);
    });

    it('gives its lane back when its work fails', async () => {
      const failing = work();
      const run = sut.run(recording, failing.run, never);
      failing.end(new Error('broken'));
      await expect(run).rejects.toThrow('broken');
      expect(sut.free).toBe(2);
    });

    it('is refused when too many wait', async () => {
      const small = new LaneScheduler(1, 1, () => nowMs);
      const first = work();
      const runs = [small.run(recording, first.run, never), small.run(recording, async () => 'done', never)];
      await expect(small.run(recording, async () => 'done', never)).rejects.toThrow(OverloadedError);
      first.end();
      await Promise.all(runs);
    });
  });
});
