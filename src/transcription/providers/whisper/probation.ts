/** All sessions of a lost worker notice its loss within this time. A session that sends before that could be blamed for it too. */
const SETTLE_MS = 1_000;

export type EndOfTrial = 'cleared' | 'lost';

/**
 * Sessions whose worker was lost while it worked on them (suspects) send to the next worker one after the other. When that worker is
 * lost too, the audio of the sending suspect ended both. A trial takes milliseconds: it ends when the worker has taken the audio over.
 */
export class Probation {
  /** By the address of the worker. The first suspect of each worker is on trial. */
  private readonly suspects = new Map<string, Suspect[]>();

  /**
   * @param begin called when it is the session's turn to send
   * @returns to be called when the session is clear, or has left or lost the worker
   */
  enter(address: string, begin: () => void): (end: EndOfTrial) => void {
    const suspects = this.suspects.get(address) ?? [];
    this.suspects.set(address, suspects);
    const suspect: Suspect = { begin, timer: undefined };
    suspects.push(suspect);
    if (suspects[0] === suspect) begin();
    return (end) => this.leave(address, suspects, suspect, end);
  }

  private leave(address: string, suspects: Suspect[], suspect: Suspect, end: EndOfTrial): void {
    const index = suspects.indexOf(suspect);
    if (index === -1) return;
    clearTimeout(suspect.timer);
    suspects.splice(index, 1);
    const [next] = suspects;
    if (!next) this.suspects.delete(address);
    else if (index > 0) return;
    else if (end === 'cleared') next.begin();
    else next.timer = setTimeout(next.begin, SETTLE_MS);
  }
}

interface Suspect {
  begin: () => void;
  timer: NodeJS.Timeout | undefined;
}
