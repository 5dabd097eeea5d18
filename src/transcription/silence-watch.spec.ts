import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
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
    sut.goOn();
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

  it('reports a client that stays silent', () => {
    sut.touch();
    jest.advanceTimersByTime(60_000);

    expect(onIdle).toHaveBeenCalledTimes(1);
  });

  it('reports nothing after it was stopped', () => {
    sut.touch();
    sut.stop();
    jest.advanceTimersByTime(120_000);

    expect(onStall).not.toHaveBeenCalled();
    expect(onIdle).not.toHaveBeenCalled();
  });
});
