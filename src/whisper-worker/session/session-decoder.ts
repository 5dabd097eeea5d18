import type { Context } from '@opentelemetry/api';
import { samplesToMs, SPEECH_SAMPLE_RATE } from '../../common/audio/pcm.js';
import type { LoadEstimate } from '../admission/load-estimate.js';
import type { DecodedUtterance, DecodeRequest, Engine, RecogniserKey } from '../engine.js';
import { guardText } from '../guards/text-guard.js';
import { beginSpan, endSpan, inTrace, within } from '../../common/tracing/spans.js';
import type { LaneScheduler, Priority } from '../lanes/lane-scheduler.js';
import type { DecodeKind, WorkerMetrics } from '../metrics/worker-metrics.js';

export interface DecodingParts {
  engine: Engine;
  scheduler: LaneScheduler;
  load: LoadEstimate;
  metrics: WorkerMetrics;
  /** The span of the session. */
  trace?: Context | undefined;
}

/** Decodes for one session: with its options, in its turn on the lanes, through the guards against invented text. */
export class SessionDecoder {
  private key: RecogniserKey;

  constructor(
    private readonly parts: DecodingParts,
    key: RecogniserKey,
    private readonly priority: Priority = 'live',
  ) {
    this.key = key;
  }

  /** `auto` until the first utterance with words has decided it. */
  get language(): string {
    return this.key.language;
  }

  /** Whether somebody waits for its words. */
  get isLive(): boolean {
    return this.priority === 'live';
  }

  /** The language of the first final: of all the others, too. */
  decide(language: string): void {
    if (this.key.language !== 'auto' || !this.parts.engine.languages.has(language)) return;
    this.key = { ...this.key, language };
  }

  /** Counts audio that came in, decoded or not. */
  countReceived(samples: number): void {
    this.parts.metrics.audio(samplesToMs(samples));
  }

  /** Counts audio that is silent or decoded. */
  countCovered(samples: number): void {
    if (this.isLive) this.parts.load.addAudio(samplesToMs(samples));
  }

  /** Decodes when it is this session's turn. */
  final(
    samples: Float32Array,
    signal: AbortSignal,
    kind: 'final' | 'speculative' | 'confirming' = 'final',
  ): Promise<DecodedUtterance> {
    const askedAt = performance.now();
    const job = { session: this, samples: samples.length, priority: this.priority };
    return this.parts.scheduler.run(job, () => this.decode(kind, samples, askedAt, signal), signal);
  }

  /** Decodes as soon as a lane is free or, when others wait for one, not at all. */
  next(samples: Float32Array, signal: AbortSignal): Promise<DecodedUtterance> | undefined {
    if (!this.isLive) return undefined;
    return this.parts.scheduler.waiting === 0 ? this.final(samples, signal, 'speculative') : undefined;
  }

  /** Decodes now or, when no lane is to spare, not at all. What nobody waits for is never decoded ahead. */
  optional(
    kind: 'interim' | 'speculative' | 'confirming',
    samples: Float32Array,
    signal: AbortSignal,
  ): Promise<DecodedUtterance> | undefined {
    if (!this.isLive) return undefined;
    const askedAt = performance.now();
    return this.parts.scheduler.tryRun(kind, () => this.decode(kind, samples, askedAt, signal), signal);
  }

  /**
   * Decodes in a span of the session. Captions have none: there are several a second, and an hour of them would be all that is seen of a
   * trace.
   */
  private traced(
    kind: DecodeKind,
    { language, samples }: DecodeRequest,
    queueMs: number,
    decode: () => Promise<DecodedUtterance>,
  ): Promise<DecodedUtterance> {
    const { trace, engine } = this.parts;
    if (trace === undefined) return decode();
    if (kind === 'interim') return inTrace(trace, decode);
    const span = beginSpan('decode', {
      parent: trace,
      attributes: {
        'parley.decode.kind': kind,
        'parley.decode.queue_ms': Math.round(queueMs),
        'parley.decode.audio_ms': samplesToMs(samples.length),
        'parley.decode.engine': engine.name,
        'parley.decode.language': language,
      },
    });
    return within(span, decode).then(
      (decoded) => {
        endSpan(span);
        return decoded;
      },
      (error: unknown) => {
        endSpan(span, error);
        throw error;
      },
    );
  }

  private async decode(
    kind: DecodeKind,
    samples: Float32Array,
    askedAt: number,
    signal: AbortSignal,
  ): Promise<DecodedUtterance> {
    const { engine, load, metrics } = this.parts;
    const startedAt = performance.now();
    const request = {
      ...this.key,
      samples,
      isOptional: kind !== 'final',
      isInterim: kind === 'interim',
    };
    const decoded = await this.traced(kind, request, startedAt - askedAt, () =>
      engine.decode(request, signal),
    );
    const decodeMs = performance.now() - startedAt;
    // Not rounded: of what is shorter than half a millisecond there would be nothing left.
    const audioMs = (samples.length * 1_000) / SPEECH_SAMPLE_RATE;
    metrics.decoded(this.isLive ? kind : 'background', startedAt - askedAt, decodeMs, audioMs);
    if (kind !== 'interim' && this.isLive) load.addDecode(decodeMs);
    const { text, isSuppressed } = guardText(decoded.text, audioMs);
    if (isSuppressed && kind !== 'interim') metrics.suppressed();
    // Words of a text that was changed would contradict it.
    const { words: _dropped, ...rest } = decoded;
    return isSuppressed ? { ...rest, text } : decoded;
  }
}
