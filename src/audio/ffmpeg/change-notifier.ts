/** Wakes the waiters when something has changed. A change while nobody waits resolves the next wait. */
export class ChangeNotifier {
  private isRaised = false;
  private wake: (() => void) | undefined;
  private waiting: Promise<void> | undefined;

  notify(): void {
    if (this.wake === undefined) this.isRaised = true;
    this.wake?.();
    this.wake = undefined;
    this.waiting = undefined;
  }

  /** Several waits before the next change share one promise. */
  wait(): Promise<void> {
    if (this.isRaised) {
      this.isRaised = false;
      return Promise.resolve();
    }
    this.waiting ??= new Promise((resolve) => {
      this.wake = resolve;
    });
    return this.waiting;
  }
}
