import type { Engine } from '../engine.js';
import type { LaneScheduler } from '../lanes/lane-scheduler.js';

/** Half a second of faint noise: silence may be answered without decoding. */
const CLIP = Float32Array.from(
  { length: 8_000 },
  (_, index) => (((index * 7_919) % 211) / 211 - 0.5) * 0.002,
);

/**
 * Decodes a short clip through a real lane: a server whose engine hangs answers HTTP as if nothing were wrong. Requests that come
 * together share one decode.
 */
export class LaneProbe {
  #running: Promise<boolean> | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly scheduler: LaneScheduler,
    private readonly language: string,
    private readonly deadlineMs: number,
  ) {}

  isAlive(): Promise<boolean> {
    this.#running ??= this.decode().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  private async decode(): Promise<boolean> {
    const signal = AbortSignal.timeout(this.deadlineMs);
    const request = { samples: CLIP, language: this.language, task: 'transcribe', words: false } as const;
    try {
      await this.scheduler.run(
        { session: this, samples: CLIP.length },
        () => this.engine.decode(request, signal),
        signal,
      );
      return true;
    } catch {
      return false;
    }
  }
}
