import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { endOnSecondSignal } from './second-signal.js';

class FakeProcess extends EventEmitter {
  readonly codes: unknown[] = [];

  exit(code: unknown): never {
    this.codes.push(code);
    return undefined as never;
  }
}

describe(endOnSecondSignal.name, () => {
  let own: FakeProcess;
  let nowMs: number;

  beforeEach(() => {
    own = new FakeProcess();
    nowMs = 1_000;
    endOnSecondSignal(undefined, own as unknown as NodeJS.Process, () => nowMs);
  });

  it('leaves the first signal to the shutdown, also when it comes twice at a time', () => {
    own.emit('SIGINT');
    nowMs += 20;
    own.emit('SIGINT');

    expect(own.codes).toEqual([]);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('ends the process on a second one, %s, with %d', (signal, code) => {
    own.emit('SIGTERM');
    nowMs += 600;
    own.emit(signal);

    expect(own.codes).toEqual([code]);
  });
});
