import { describe, expect, it } from '@jest/globals';
import { LaneScheduler } from '../lanes/lane-scheduler.js';
import { Admission } from './admission.js';
import { LoadEstimate } from './load-estimate.js';

const never = new AbortController().signal;

function make(factor?: number): { sut: Admission; scheduler: LaneScheduler } {
  const scheduler = new LaneScheduler(2, 100);
  const load = new LoadEstimate();
  if (factor !== undefined) load.expect(factor);
  return { sut: new Admission(scheduler, load, 64), scheduler };
}

describe(Admission.name, () => {
  it('lets everybody in up to the limit while nothing is known', () => {
    expect(make().sut.capacity).toBe(64);
  });

  it('lets in what the lanes can decode in three quarters of their time', () => {
    expect(make(0.1).sut.capacity).toBe(15);
  });

  it('never goes beyond the configured limit', () => {
    expect(make(0.001).sut.capacity).toBe(64);
  });

  it('serves one session however slow the engine is', () => {
    expect(make(5).sut.refuse(0, false)).toBeUndefined();
  });

  it('refuses beyond its capacity and says when to come again', () => {
    expect(make(0.1).sut.refuse(15, false)).toEqual({ retryAfterMs: 1_000 });
  });

  it('takes a session that lost its worker as long as there is a place', () => {
    const { sut } = make(0.1);
    expect([sut.refuse(15, true), sut.refuse(64, true)]).toEqual([undefined, { retryAfterMs: 1_000 }]);
  });

  it('refuses while a long queue waits, for as long as that takes', () => {
    const { sut, scheduler } = make(0.1);
    for (let i = 0; i < 5; i += 1) {
      void scheduler.run({ session: {}, samples: 20 * 16_000 }, () => new Promise(() => undefined), never);
    }
    expect(sut.refuse(5, false)).toEqual({ retryAfterMs: 3_000 });
  });
});
