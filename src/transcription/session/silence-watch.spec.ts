import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { seededRandom } from '../../../test/support/random.js';
import { SilenceWatch } from './silence-watch.js';

describe(SilenceWatch.name, () => {
  const onStall = jest.fn();
  const onIdle = jest.fn();
  let sut: SilenceWatch;

  beforeEach(() => {
    jest.useFakeTimers();
    onStall.mockClear();
    onIdle.mockClear();
    sut = new SilenceWatch({ stallMs: 4_000, idleMs: 60_000 }, onStall, onIdle);
  });

  afterEach(() => {
    sut.stop();
    jest.useRealTimers();
  });

  it('reports a pause once', () => {
    sut.touch();
    jest.advanceTimersByTime(30_000);

    expect(onStall).toHaveBeenCalledTimes(1);
  });

  it('does not take the slices of a slow recorder for pauses', () => {
    for (let slice = 0; slice < 10; slice += 1) {
      sut.touch();
      jest.advanceTimersByTime(3_000);
    }
    jest.advanceTimersByTime(2_900);
    expect(onStall).not.toHaveBeenCalled();

    jest.advanceTimersByTime(200);
    expect(onStall).toHaveBeenCalledTimes(1);
  });

  it('counts a pause from the last audio that was handed on, when that took longer than to come', () => {
    sut.touch();
    jest.advanceTimersByTime(3_900);
    sut.resume();
    jest.advanceTimersByTime(3_900);
    expect(onStall).not.toHaveBeenCalled();

    jest.advanceTimersByTime(200);
    expect(onStall).toHaveBeenCalledTimes(1);
  });

  it('does not learn from a real pause', () => {
    sut.touch();
    jest.advanceTimersByTime(50_000);
    onStall.mockClear();
    sut.touch();

    jest.advanceTimersByTime(4_000);

    expect(onStall).toHaveBeenCalledTimes(1);
  });

  describe('of a recorder that sends in slices', () => {
    /** Sends slices at the times at which a recorder of this speed would, more or less. */
    function record(sliceMs: number, { speed = 1, jitter = 0, slices = 20 }): void {
      const random = seededRandom(20_261_126);
      for (let slice = 0; slice < slices; slice += 1) {
        if (slice > 0) jest.advanceTimersByTime((sliceMs / speed) * (1 + jitter * (2 * random() - 1)));
        sut.touch();
        sut.heard(sliceMs);
      }
    }

    const SLICES_MS = [250, 1_000, 4_000, 5_000, 10_000];

    it.each(
      SLICES_MS.flatMap((sliceMs) => [
        { sliceMs, speed: 1, jitter: 0 },
        { sliceMs, speed: 1, jitter: 0.3 },
        { sliceMs, speed: 0.6, jitter: 0 },
        { sliceMs, speed: 0.8, jitter: 0.1 },
        { sliceMs, speed: 1.25, jitter: 0.1 },
        { sliceMs, speed: 4, jitter: 0.1 },
      ]),
    )(
      'takes none of its gaps for a pause: $sliceMs ms, speed $speed, jitter $jitter',
      ({ sliceMs, ...how }) => {
        sut.begin();
        record(sliceMs, how);

        expect(onStall).not.toHaveBeenCalled();
      },
    );

    it('does so also when the session began long before the first slice', () => {
      sut.begin();
      jest.advanceTimersByTime(9_000);
      onStall.mockClear();
      record(5_000, {});

      expect(onStall).not.toHaveBeenCalled();
    });

    it.each(SLICES_MS)('reports its pause once, when it has stopped for good (%d ms)', (sliceMs) => {
      record(sliceMs, {});
      jest.advanceTimersByTime(Math.max(4_000, 2 * sliceMs + 1_000));

      expect(onStall).toHaveBeenCalledTimes(1);
    });

    it('takes it for a recorder again after a pause', () => {
      record(5_000, { slices: 3 });
      jest.advanceTimersByTime(40_000);
      onStall.mockClear();
      record(5_000, { slices: 3 });

      expect(onStall).not.toHaveBeenCalled();
    });
  });

  it('does not wait for long after what was recorded before and is sent as fast as it goes', () => {
    for (let chunk = 0; chunk < 10; chunk += 1) {
      sut.touch();
      sut.heard(10_000);
      jest.advanceTimersByTime(50);
    }
    jest.advanceTimersByTime(4_000);

    expect(onStall).toHaveBeenCalledTimes(1);
  });

  it('reports a client that stays silent', () => {
    sut.touch();
    jest.advanceTimersByTime(60_000);

    expect(onIdle).toHaveBeenCalledTimes(1);
  });

  it('reports nothing after it was stopped', () => {
    sut.touch();
    sut.stop();
    sut.touch();
    jest.advanceTimersByTime(120_000);

    expect(onStall).not.toHaveBeenCalled();
    expect(onIdle).not.toHaveBeenCalled();
  });
});
