const STEP_MS = 50;

/** When the audio of a session came: the latency of its finals is counted from it. Positions in samples, times in ms. */
export class ArrivalTimes {
  private readonly marks: { position: number; at: number }[] = [];

  /** Audio up to `position` is there. */
  arrived(position: number, at: number): void {
    const last = this.marks.at(-1);
    if (last && at - last.at < STEP_MS) last.position = position;
    else this.marks.push({ position, at });
  }

  /** When the sample before `position` came; undefined when that is forgotten. */
  of(position: number): number | undefined {
    return this.marks.find((mark) => mark.position >= position)?.at;
  }

  /** Forgets what came before `position`. */
  forget(position: number): void {
    while (this.marks.length > 0 && this.marks[0]!.position < position) this.marks.shift();
  }
}
