import { describe, expect, it } from '@jest/globals';
import { nextModel, type Machine } from './next-model.js';

const GB = 1_000_000_000;
/** A workstation. */
const LARGE: Machine = { memoryBytes: 64 * GB, usedBytes: GB, hosts: 4, lanes: 4, speakingCost: 0.01 };

describe(nextModel.name, () => {
  it.each([
    ['tiny', 'whisper-base'],
    ['whisper-base', 'small'],
    ['small', 'medium'],
    ['medium', 'turbo'],
    ['turbo', 'large-v3'],
    ['large-v3', undefined],
    ['base.en', 'small.en'],
    ['medium.en', undefined],
    ['my-own', undefined],
  ])('offers the one above: %s, then %s', (inUse, next) => {
    expect(nextModel(inUse, LARGE)?.name).toBe(next);
  });

  it('offers none that does not fit into the memory beside the one in use', () => {
    const machine = { ...LARGE, memoryBytes: 4 * GB };
    expect(nextModel('whisper-base', { ...machine, hosts: 2 })?.name).toBe('small');
    expect(nextModel('whisper-base', { ...machine, hosts: 4 })).toBeUndefined();
  });

  it('offers none with which the lanes could not keep up with one speaker', () => {
    const machine = { ...LARGE, lanes: 2 };
    expect(nextModel('whisper-base', { ...machine, speakingCost: 0.2 })?.name).toBe('small');
    expect(nextModel('whisper-base', { ...machine, speakingCost: 0.4 })).toBeUndefined();
  });

  it('goes by the memory alone where the cost is not known', () => {
    expect(nextModel('whisper-base', { ...LARGE, speakingCost: undefined })?.name).toBe('small');
  });
});
