import { SharedAnswer } from '../../common/streams/shared-answer.js';
import type { LaneScheduler } from '../lanes/lane-scheduler.js';
import type { CurrentEngine } from '../model/current-engine.js';

/** Half a second of faint noise: silence may be answered without decoding. */
const CLIP = Float32Array.from(
  { length: 8_000 },
  (_, index) => (((index * 7_919) % 211) / 211 - 0.5) * 0.002,
);

/** The probe is public and costs a decode. It runs no more often than this. */
const FRESH_MS = 1_000;

/**
 * Decodes a short clip on a lane: the HTTP server answers also while the engine hangs, so its answer alone proves nothing. Requests
 * within `FRESH_MS` share one decode.
 */
export class LaneProbe {
  private readonly answer = new SharedAnswer(() => this.decode(), FRESH_MS);

  constructor(
    private readonly engines: CurrentEngine,
    private readonly scheduler: LaneScheduler,
    private readonly language: string,
    private readonly deadlineMs: number,
  ) {}

  isAlive(): Promise<boolean> {
    return this.answer.get();
  }

  private async decode(): Promise<boolean> {
    const signal = AbortSignal.timeout(this.deadlineMs);
    const { engine, release } = this.engines.acquire();
    const request = { samples: CLIP, language: this.language, task: 'transcribe', words: false } as const;
    try {
      await this.scheduler.run(
        { session: this, samples: CLIP.length },
        () => engine.decode(request, signal),
        signal,
      );
      return true;
    } catch {
      return false;
    } finally {
      release();
    }
  }
}
