import { describe, expect, it } from '@jest/globals';
import type { DecodedUtterance, DecodeRequest } from '../engine.js';
import { FakeEngine } from '../engines/fake/fake-engine.js';
import { LaneScheduler } from '../lanes/lane-scheduler.js';
import { speakingCost } from './speaking-cost.js';

const NEED = { language: 'en', task: 'transcribe', words: false } as const;
const lanes = (count: number): LaneScheduler => new LaneScheduler(count, 10);
const never = new AbortController().signal;

/** Counts the decodes that run at once. */
class CrowdedEngine extends FakeEngine {
  running = 0;
  most = 0;

  override async decode(request: DecodeRequest, signal: AbortSignal): Promise<DecodedUtterance> {
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    const decoded = await super.decode(request, signal);
    this.running -= 1;
    return decoded;
  }
}

describe(speakingCost.name, () => {
  it('is at least what a decode takes, per time of its audio', async () => {
    // Timers may come a millisecond early.
    expect(await speakingCost(new FakeEngine(40), lanes(2), NEED, never)).toBeGreaterThanOrEqual(39 / 2_000);
  });

  it('is measured with every lane at work', async () => {
    const engine = new CrowdedEngine(1);
    await speakingCost(engine, lanes(3), NEED, never);
    expect(engine.most).toBe(3);
  });

  it('is not known when the engine does not decode', async () => {
    class BrokenEngine extends FakeEngine {
      override async decode(): Promise<never> {
        throw new Error('broken');
      }
    }
    await expect(speakingCost(new BrokenEngine(), lanes(2), NEED, never)).rejects.toThrow('broken');
  });
});
