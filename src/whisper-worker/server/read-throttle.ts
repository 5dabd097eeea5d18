import type { WebSocket } from 'ws';
import { msToSamples } from '../../common/audio/pcm.js';
import { RateLimit } from './rate-limit.js';

/** Audio may come this many times faster than real time: the voice detector shares a thread with all sockets. */
const MAX_SPEED = 40;
/** A session that lost its worker sends what it kept at once, a minute at most. */
const BURST_MS = 90_000;

/** Reads no more from a socket while its session is behind, or while audio comes faster than it may. */
export class ReadThrottle {
  private readonly audio = new RateLimit(msToSamples(BURST_MS), msToSamples(MAX_SPEED * 1_000));
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly socket: Pick<WebSocket, 'pause' | 'resume' | 'isPaused'>,
    private readonly isBehind: () => boolean,
  ) {}

  /** Call it after audio came. */
  onAudio(samples: number): void {
    this.audio.spend(samples);
    this.update();
  }

  /** Call it when the session may have caught up. */
  update(): void {
    clearTimeout(this.timer);
    const isBehind = this.isBehind();
    const { waitMs } = this.audio;
    if (isBehind || waitMs > 0) this.socket.pause();
    else if (this.socket.isPaused) this.socket.resume();
    if (!isBehind && waitMs > 0) this.timer = setTimeout(() => this.update(), waitMs);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
