import type { FlowState } from '../events.js';

/** Shares of the inbox. A state is left only well below where it began, so that it does not flutter. */
const SLOW_FROM = 1 / 2;
const STOP_FROM = 7 / 8;
const OK_BELOW = 1 / 4;

/** Turns the fill of a session's inbox into what its client is told. */
export class FlowControl {
  private state: FlowState = 'ok';

  constructor(private readonly capacity: number) {}

  /** The state, when it has changed. */
  update(fill: number): FlowState | undefined {
    const state = this.next(fill / this.capacity);
    if (state === this.state) return undefined;
    this.state = state;
    return state;
  }

  private next(share: number): FlowState {
    if (share >= STOP_FROM) return 'stop';
    if (share < OK_BELOW) return 'ok';
    if (share < SLOW_FROM) return this.state === 'ok' ? 'ok' : 'slow';
    return this.state === 'stop' ? 'stop' : 'slow';
  }
}
