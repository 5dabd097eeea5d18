/** The others at a worker that was lost hear of it a moment later; who is sent to it before that would be blamed as well. */
const SETTLE_MS = 1_000;

export type EndOfTrial = 'cleared' | 'lost';

/**
 * Sessions whose worker was lost while it worked on them are sent to the next one alone, one after the other: when that one is lost
 * too, there is no doubt whose audio it was. It takes milliseconds each: a suspect is clear as soon as its audio was taken over.
 */
export class Probation {
  /** By the address of the worker. The first of each is on trial. */
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
