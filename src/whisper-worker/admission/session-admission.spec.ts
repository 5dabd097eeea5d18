import { describe, expect, it } from '@jest/globals';
import { OverloadedError } from '../../common/errors/caller-errors.js';
import { LaneScheduler } from '../lanes/lane-scheduler.js';
import { LoadEstimate } from './load-estimate.js';
import { SessionAdmission } from './session-admission.js';

const never = new AbortController().signal;

function make(factor?: number): { sut: SessionAdmission; scheduler: LaneScheduler } {
  const scheduler = new LaneScheduler(2, 100);
  const load = new LoadEstimate();
  if (factor !== undefined) load.expect(factor);
  return {
    sut: new SessionAdmission(scheduler, load, { maxSessions: 64, maxBackgroundSessions: 2 }),
    scheduler,
  };
}

/** As many sessions are open. */
function open(sut: SessionAdmission, count: number): void {
  for (let session = 0; session < count; session += 1) sut.acquire(true);
}

describe(SessionAdmission.name, () => {
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
    expect(() => make(5).sut.acquire(false)).not.toThrow();
  });

  it('refuses beyond its capacity and says when to come again', () => {
    const { sut } = make(0.1);
    open(sut, 15);
    expect(() => sut.acquire(false)).toThrow(expect.objectContaining({ retryAfterMs: 1_000 }));
  });

  it('takes a session that lost its worker as long as there is a place', () => {
    const { sut } = make(0.1);
    open(sut, 64);
    expect(() => sut.acquire(true)).toThrow(OverloadedError);
  });

  it('has a place again when a session is released, however often that is said', () => {
    const { sut } = make();
    open(sut, 63);
    const release = sut.acquire(false);
    release();
    release();
    expect(sut.open).toBe(63);
  });

  it('refuses while a long queue waits, for as long as that takes', () => {
    const { sut, scheduler } = make(0.1);
    for (let i = 0; i < 5; i += 1) {
      void scheduler.run({ session: {}, samples: 20 * 16_000 }, () => new Promise(() => undefined), never);
    }
    expect(() => sut.acquire(false)).toThrow(expect.objectContaining({ retryAfterMs: 3_000 }));
  });

  it('gives recordings places of their own, and live sessions none of these', () => {
    const { sut } = make(5);
    sut.acquire(false, 'background');
    const leave = sut.acquire(false, 'background');
    expect(() => sut.acquire(false, 'background')).toThrow(OverloadedError);
    expect(() => sut.acquire(false)).not.toThrow();
    leave();
    expect(() => sut.acquire(true, 'background')).not.toThrow();
  });
});
