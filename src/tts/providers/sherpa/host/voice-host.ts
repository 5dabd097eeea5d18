import type { ChildProcess } from 'node:child_process';
import { ChildPulse } from '../../../../common/processes/child-pulse.js';
import type {
  FromVoiceHost,
  HostSettings,
  SentenceJob,
  SpokenSentence,
  ToVoiceHost,
  VoiceFiles,
} from './host-messages.js';

export interface VoiceHostLimits {
  loadTimeoutMs: number;
  sentenceTimeoutMs: number;
  /** A sentence that nobody wants any more has so long to end by itself. */
  stopMs: number;
  hungMs: number;
}

/** Why a host gave no sentence. */
export type HostFault =
  /** The voice does not load, or loading it ended or held up the process. */
  | 'load'
  /** The voice was there and the sentence failed; the process lives. */
  | 'sentence'
  /** The process ended in the middle of a sentence. */
  | 'ended'
  /** The sentence took too long, so the process was killed. */
  | 'timeout';

export class HostFaultError extends Error {
  override readonly name = 'HostFaultError';

  constructor(readonly code: HostFault) {
    super('The voice host gave no sentence');
  }
}

interface Work {
  id: number;
  phase: 'load' | 'speak';
  /** Nobody waits for it any more. */
  isUnwanted: boolean;
  timer?: NodeJS.Timeout;
  resolve(spoken: SpokenSentence): void;
  reject(error: Error): void;
}

/** A voice host process. It works on one thing at a time and takes the next when `isFree`. It never comes back after its end. */
export class VoiceHost {
  private readonly child: ChildProcess;
  private readonly pulse: ChildPulse;
  private work: Work | undefined;
  private nextId = 1;
  private hasTimedOut = false;
  private hasEnded = false;
  private _voiceKeys: readonly string[] = [];
  private _residentBytes = 0;

  constructor(
    launch: () => ChildProcess,
    { threads, maxVoices }: HostSettings,
    private readonly limits: VoiceHostLimits,
    private readonly on: { free(): void; hung(): void; ended(host: VoiceHost): void },
  ) {
    this.child = launch();
    this.pulse = new ChildPulse(this.child, {
      limitMs: limits.hungMs,
      onHung: () => this.on.hung(),
      onBack: () => this.on.free(),
    });
    this.child.on('message', (message: FromVoiceHost) => this.receive(message));
    this.child.once('exit', () => this.end());
    // Without a process there will be no exit. With one, the exit follows or the process goes on.
    this.child.on('error', () => this.child.pid === undefined && this.end());
    this.send({ type: 'start', settings: { threads, maxVoices } });
  }

  /** It takes work, and does not owe a sign of life. */
  get isFree(): boolean {
    return !this.hasEnded && this.work === undefined && !this.pulse.isLate;
  }

  /** Its voice is loaded and a sentence is being spoken. */
  get isSpeaking(): boolean {
    return this.work?.phase === 'speak';
  }

  /** The voices that it has loaded, as far as it has told. */
  get voiceKeys(): readonly string[] {
    return this._voiceKeys;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** As it told after its last sentence. */
  get residentBytes(): number {
    return this._residentBytes;
  }

  async load(voiceKey: string, files: VoiceFiles): Promise<void> {
    await this.start((id) => ({ type: 'load', id, voiceKey, files }));
  }

  /**
   * Resolves with the sentence. Aborting rejects at once; the host is free when the sentence has ended, or it is killed.
   * @throws HostFaultError
   */
  speak(job: SentenceJob, signal: AbortSignal): Promise<SpokenSentence> {
    return this.start((id) => ({ type: 'speak', id, job }), signal);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  private start(message: (id: number) => ToVoiceHost, signal?: AbortSignal): Promise<SpokenSentence> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        if (this.work?.id !== id) return;
        this.work.isUnwanted = true;
        this.send({ type: 'stop', id });
        // A voice that is being loaded will be wanted by others.
        if (this.work.phase === 'speak') this.limit(this.limits.stopMs);
        reject(signal?.reason as Error);
      };
      const settled = (): void => signal?.removeEventListener('abort', stop);
      this.work = {
        id,
        phase: 'load',
        isUnwanted: false,
        resolve: (spoken) => {
          settled();
          resolve(spoken);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      };
      this.limit(this.limits.loadTimeoutMs);
      this.send(message(id));
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  /** Native work cannot be stopped otherwise. */
  private limit(ms: number): void {
    if (!this.work) return;
    clearTimeout(this.work.timer);
    this.work.timer = setTimeout(() => {
      this.hasTimedOut = true;
      this.kill();
    }, ms);
  }

  private receive(message: FromVoiceHost): void {
    if (message.type === 'pong' || message.id !== this.work?.id) return;
    if (message.type === 'loaded') {
      this.work.phase = 'speak';
      this._voiceKeys = message.voiceKeys;
      return this.limit(this.work.isUnwanted ? this.limits.stopMs : this.limits.sentenceTimeoutMs);
    }
    const { work } = this;
    this.forget();
    if (message.type === 'done') {
      this._residentBytes = message.residentBytes;
      work.resolve(message.spoken);
    } else work.reject(new HostFaultError(message.isLoading ? 'load' : 'sentence'));
    this.on.free();
  }

  private forget(): void {
    clearTimeout(this.work?.timer);
    this.work = undefined;
  }

  private end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.pulse.stop();
    const { work } = this;
    this.forget();
    this.on.ended(this);
    if (!work) return;
    work.reject(new HostFaultError(this.faultOf(work)));
  }

  /** Killed by somebody else, or hung, is no fault of the voice. */
  private faultOf({ phase }: Work): HostFault {
    if (this.hasTimedOut) return phase === 'load' ? 'load' : 'timeout';
    const isKilled = this.child.pid === undefined || this.child.signalCode === 'SIGKILL';
    return phase === 'load' && !isKilled ? 'load' : 'ended';
  }

  private send(message: ToVoiceHost): void {
    // A channel that is closing fails the send; the exit that follows fails the work.
    if (this.child.connected) this.child.send(message, () => undefined);
  }
}
