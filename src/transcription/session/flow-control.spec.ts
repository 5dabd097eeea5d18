import { describe, expect, it } from '@jest/globals';
import { FlowControl } from './flow-control.js';

describe(FlowControl.name, () => {
  it.each<[string, number[], (string | undefined)[]]>([
    ['says nothing while little is waiting', [0, 10, 49], [undefined, undefined, undefined]],
    ['says slow at a half and stop at seven eighths', [50, 87.5], ['slow', 'stop']],
    ['says each state once', [60, 70, 90, 95], ['slow', undefined, 'stop', undefined]],
    [
      'stays at stop down to a half, at slow down to a quarter',
      [90, 51, 49, 26, 24],
      ['stop', undefined, 'slow', undefined, 'ok'],
    ],
    ['goes from stop to ok when all was taken at once', [100, 0], ['stop', 'ok']],
  ])('%s', (_what, fills, expected) => {
    const sut = new FlowControl(100);

    expect(fills.map((fill) => sut.update(fill))).toEqual(expected);
  });
});
