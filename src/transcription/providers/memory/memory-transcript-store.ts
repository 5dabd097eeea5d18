import { KeptByTenant } from '../../../common/limits/kept-by-tenant.js';
import type { FinalTranscript } from '../../events.js';
import type {
  FinalText,
  Transcript,
  TranscriptGap,
  TranscriptOwner,
  TranscriptPosition,
  TranscriptQuery,
  TranscriptStore,
  TranscriptSummary,
} from '../../transcript-store.js';

/** Later gaps are added to the last one. */
const MAX_GAPS = 100;

export interface KeepLimits {
  /** How long an ended transcript is kept. */
  keepMs: number;
  /** How many ended transcripts are kept. */
  maxKept: number;
}

interface Ended {
  transcript: Transcript;
  /** By the clock that nobody sets, so that a step of the time of day neither drops nor keeps anything. */
  endedAtMs: number;
}

/**
 * Transcripts in this process's memory: live ones always, ended ones for a while. When there are too many, the tenant with most
 * of them loses its oldest.
 */
export class MemoryTranscriptStore implements TranscriptStore {
  private readonly live = new Map<string, Transcript>();
  private readonly ended: KeptByTenant<Ended>;

  constructor(private readonly limits: KeepLimits) {
    this.ended = new KeptByTenant(limits.maxKept);
  }

  async create({ tenantId, sessionId }: TranscriptOwner, label: string | null): Promise<void> {
    this.live.set(sessionId, {
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
    this.require(sessionId).label = label;
  }

  async append({ sessionId }: TranscriptOwner, text: FinalText): Promise<FinalTranscript> {
    const { finals } = this.require(sessionId);
    const final: FinalTranscript = { eventId: finals.length + 1, ...text };
    finals.push(final);
    return final;
  }

  async markGap({ sessionId }: TranscriptOwner, gap: TranscriptGap): Promise<void> {
    const { gaps } = this.require(sessionId);
    const last = gaps.at(-1);
    if (last && (last.at === gap.at || gaps.length >= MAX_GAPS)) last.bytes += gap.bytes;
    else gaps.push({ ...gap });
  }

  async finish({ sessionId }: TranscriptOwner, state: 'ended' | 'failed', samples: number): Promise<void> {
    const transcript = this.require(sessionId);
    Object.assign(transcript, { state, samples, endedAt: new Date().toISOString() });
    this.live.delete(sessionId);
    this.forgetOld();
    this.ended.add(transcript.tenantId, sessionId, { transcript, endedAtMs: performance.now() });
  }

  async remove({ tenantId, sessionId }: TranscriptOwner): Promise<void> {
    if (this.live.get(sessionId)?.tenantId === tenantId) this.live.delete(sessionId);
    this.ended.remove(tenantId, sessionId);
  }

  async read(owner: TranscriptOwner): Promise<Transcript | undefined> {
    return structuredClone(this.find(owner));
  }

  async readFinals(owner: TranscriptOwner, lastEventId: number, limit: number): Promise<FinalTranscript[]> {
    return structuredClone(this.find(owner)?.finals.slice(lastEventId, lastEventId + limit) ?? []);
  }

  async list(tenantId: string, { label, after, limit }: TranscriptQuery): Promise<TranscriptSummary[]> {
    this.forgetOld();
    const live = [...this.live.values()].filter((transcript) => transcript.tenantId === tenantId);
    const ended = [...this.ended.of(tenantId)].map(({ transcript }) => transcript);
    return [...live, ...ended]
      .filter((transcript) => label === undefined || transcript.label === label)
      .filter((transcript) => after === undefined || byAge(transcript, after) > 0)
      .toSorted(byAge)
      .slice(0, limit)
      .map(summaryOf);
  }

  private find({ tenantId, sessionId }: TranscriptOwner): Transcript | undefined {
    this.forgetOld();
    const live = this.live.get(sessionId);
    return live?.tenantId === tenantId ? live : this.ended.get(tenantId, sessionId)?.transcript;
  }

  private require(sessionId: string): Transcript {
    const transcript = this.live.get(sessionId);
    if (!transcript) throw new Error('A transcript was written to that is not live');
    return transcript;
  }

  private forgetOld(): void {
    const oldestMs = performance.now() - this.limits.keepMs;
    this.ended.removeOldest(({ endedAtMs }) => endedAtMs < oldestMs);
  }
}

function byAge(a: TranscriptPosition, b: TranscriptPosition): number {
  return b.createdAt.localeCompare(a.createdAt) || b.sessionId.localeCompare(a.sessionId);
}

function summaryOf({ finals, gaps, ...summary }: Transcript): TranscriptSummary {
  const missingBytes = gaps.reduce((sum, { bytes }) => sum + bytes, 0);
  return { ...summary, finalCount: finals.length, missingBytes };
}
