import type { ChildProcess } from 'node:child_process';
import { abortable } from '../../../../common/streams/abortable.js';
import type { HostSettings, SentenceJob, SpokenSentence, VoiceFiles } from './host-messages.js';
import { HostFaultError, VoiceHost, type VoiceHostLimits } from './voice-host.js';

/** A sentence whose host ends is spoken again by another one. After two it is given up. */
const MAX_ATTEMPTS = 2;

export interface VoiceHostsSettings extends HostSettings, VoiceHostLimits {
  /** Processes at most. One is started when all others are at work. */
  hosts: number;
  launch(): ChildProcess;
}

/** What happens to the hosts, for the log. */
export interface VoiceHostsEvents {
  onHung(): void;
  onEnded(): void;
}

/**
 * The voice hosts of the gateway. A sentence goes to a host that is free, one with its voice loaded if there is one, else to a
 * new one, else it waits its turn. A host that ended is replaced when it is needed.
 */
export class VoiceHosts {
  private readonly hosts = new Set<VoiceHost>();
  private readonly waiting = new Set<() => void>();
  private isClosed = false;
  private _ends = 0;

  constructor(
    private readonly settings: VoiceHostsSettings,
    private readonly events: VoiceHostsEvents,
  ) {}

  get pids(): number[] {
    return [...this.hosts].flatMap(({ pid }) => pid ?? []);
  }

  /** The keys of the voices that each host has loaded, the one used last first. */
  get loadedVoices(): (readonly string[])[] {
    return [...this.hosts].map(({ voiceKeys }) => voiceKeys);
  }

  /** Whether any host is at work, or anything waits for one. */
  get isBusy(): boolean {
    return this.waiting.size > 0 || [...this.hosts].some(({ isFree }) => !isFree);
  }

  /** Sentences that are being spoken. */
  get speaking(): number {
    return [...this.hosts].filter(({ isSpeaking }) => isSpeaking).length;
  }

  /** Hosts that ended without being told to. */
  get ends(): number {
    return this._ends;
  }

  /** As the hosts told after their last sentences. */
  get residentBytes(): number {
    return [...this.hosts].reduce((sum, { residentBytes }) => sum + residentBytes, 0);
  }

  /** Loads a voice into one host, so that its first sentence need not wait. @throws HostFaultError */
  async load(voiceKey: string, files: VoiceFiles): Promise<void> {
    await this.free(voiceKey)?.load(voiceKey, files);
  }

  /** @throws HostFaultError, the reason of `signal` */
  async speak(job: SentenceJob, signal: AbortSignal): Promise<SpokenSentence> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt(job, signal);
      } catch (error) {
        const hasEnded = error instanceof HostFaultError && error.code === 'ended';
        if (!hasEnded || attempt === MAX_ATTEMPTS || this.isClosed) throw error;
      }
    }
  }

  close(): void {
    this.isClosed = true;
    for (const host of this.hosts) host.kill();
    this.wake();
  }

  private async attempt(job: SentenceJob, signal: AbortSignal): Promise<SpokenSentence> {
    for (;;) {
      signal.throwIfAborted();
      if (this.isClosed) throw new HostFaultError('ended');
      const host = this.free(job.voiceKey);
      if (host) return await host.speak(job, signal);
      await this.nextChange(signal);
    }
  }

  private async nextChange(signal: AbortSignal): Promise<void> {
    let wake: () => void = () => undefined;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    this.waiting.add(wake);
    await abortable(woken, signal, () => this.waiting.delete(wake));
  }

  private free(voiceKey: string): VoiceHost | undefined {
    const free = [...this.hosts].filter(({ isFree }) => isFree);
    return (
      free.find(({ voiceKeys }) => voiceKeys.includes(voiceKey)) ??
      free[0] ??
      (this.hosts.size < this.settings.hosts ? this.launch() : undefined)
    );
  }

  private launch(): VoiceHost {
    const host = new VoiceHost(() => this.settings.launch(), this.settings, this.settings, {
      free: () => this.wake(),
      hung: () => this.events.onHung(),
      ended: (ended) => this.remove(ended),
    });
    this.hosts.add(host);
    return host;
  }

  private remove(host: VoiceHost): void {
    this.hosts.delete(host);
    if (this.isClosed) return;
    this._ends += 1;
    this.events.onEnded();
    this.wake();
  }

  /** Whoever waited longest looks first. */
  private wake(): void {
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }
}
