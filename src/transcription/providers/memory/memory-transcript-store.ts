import type { FinalTranscript } from '../../events.js';
import type {
  FinalText,
  Transcript,
  TranscriptGap,
  TranscriptOwner,
  TranscriptStore,
} from '../../transcript-store.js';

/** Later gaps are added to the last one. */
const MAX_GAPS = 100;

export interface KeepLimits {
  /** How long an ended transcript is kept. */
  keepMs: number;
  /** How many ended transcripts are kept. */
  maxKept: number;
}

/** Transcripts in this process's memory: live ones always, ended ones for a while, the oldest going first. */
export class MemoryTranscriptStore implements TranscriptStore {
  readonly #live = new Map<string, Transcript>();
  /** In the order of their ending. */
  readonly #ended = new Map<string, Transcript>();

  constructor(private readonly limits: KeepLimits) {}

  async create({ tenantId, sessionId }: TranscriptOwner, label: string | null): Promise<void> {
    this.#live.set(sessionId, {
      tenantId,
      sessionId,
      label,
      state: 'live',
      createdAt: new Date().toISOString(),
      endedAt: null,
      samples: null,
      finals: [],
      gaps: [],
    });
  }

  async setLabel({ sessionId }: TranscriptOwner, label: string): Promise<void> {
    this.#require(sessionId).label = label;
  }

  async append({ sessionId }: TranscriptOwner, text: FinalText): Promise<FinalTranscript> {
    const { finals } = this.#require(sessionId);
    const final: FinalTranscript = { eventId: finals.length + 1, ...text };
    finals.push(final);
    return final;
  }

  async markGap({ sessionId }: TranscriptOwner, gap: TranscriptGap): Promise<void> {
    const { gaps } = this.#require(sessionId);
    const last = gaps.at(-1);
    if (last && (last.at === gap.at || gaps.length >= MAX_GAPS)) last.bytes += gap.bytes;
    else gaps.push({ ...gap });
  }

  async finish({ sessionId }: TranscriptOwner, state: 'ended' | 'failed', samples: number): Promise<void> {
    const transcript = this.#require(sessionId);
    Object.assign(transcript, { state, samples, endedAt: new Date().toISOString() });
    this.#live.delete(sessionId);
    this.#ended.set(sessionId, transcript);
    this.#forgetOld();
  }

  async read({ tenantId, sessionId }: TranscriptOwner): Promise<Transcript | undefined> {
    this.#forgetOld();
    const transcript = this.#live.get(sessionId) ?? this.#ended.get(sessionId);
    return transcript?.tenantId === tenantId ? structuredClone(transcript) : undefined;
  }

  async list(tenantId: string, label: string | undefined): Promise<Transcript[]> {
    this.#forgetOld();
    return [...this.#live.values(), ...this.#ended.values()]
      .filter(
        (transcript) =>
          transcript.tenantId === tenantId && (label === undefined || transcript.label === label),
      )
      .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt))
      .map((transcript) => structuredClone(transcript));
  }

  #require(sessionId: string): Transcript {
    const transcript = this.#live.get(sessionId);
    if (!transcript) throw new Error('A transcript was written to that is not live');
    return transcript;
  }

  #forgetOld(): void {
    const oldest = new Date(Date.now() - this.limits.keepMs).toISOString();
    for (const [sessionId, transcript] of this.#ended) {
      if (this.#ended.size <= this.limits.maxKept && transcript.endedAt! >= oldest) return;
      this.#ended.delete(sessionId);
    }
  }
}
