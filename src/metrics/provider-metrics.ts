import { Injectable } from '@nestjs/common';
import type { Counter, Histogram } from 'prom-client';
import { ParleyError } from '../common/errors/parley-error.js';
import { currentRequest } from '../common/request/request-scope.js';
import type { CutCall } from './cut-call.js';
import { ModelCallSpan, type ModelCallStart } from '../common/tracing/model-call.js';
import { MetricsRegistry, WAIT_SECONDS } from './metrics-registry.js';

export type ProviderFeature = 'tts' | 'chat' | 'annotation' | 'transcription';

/** Our own part of an answer is a few milliseconds. */
const OVERHEAD_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** What the span of a call tells beyond its figures. */
export type CallDetails = Omit<ModelCallStart, 'operation' | 'provider'>;

const OPERATIONS = {
  tts: 'text_to_speech',
  chat: 'chat',
  annotation: 'chat',
  transcription: 'speech_to_text',
} as const satisfies Record<ProviderFeature, ModelCallStart['operation']>;

/** One call of a provider, in the figures and as a span. Each method is called once, never for each piece of an answer. */
export interface ProviderCall {
  readonly span: ModelCallSpan;
  /** Its first byte or token is there. */
  answered(): void;
  /** The answer is complete. */
  ended(): void;
  /** It ended before it was complete. */
  cut(how: CutCall): void;
  /** We ended it before it was complete. */
  left(): void;
}

/**
 * What the providers take of an answer's time, and what we take ourselves. The overhead is counted once for a request, however many calls
 * it needs: `before` from its arrival to the first call, `after` from the first byte that the provider gives to the first one that we do.
 */
@Injectable()
export class ProviderMetrics {
  private readonly calls: Counter<'feature' | 'provider'>;
  private readonly failures: Counter<'feature' | 'provider' | 'code'>;
  private readonly aborts: Counter<'feature' | 'provider'>;
  private readonly firstBytes: Histogram<'feature' | 'provider'>;
  private readonly overhead: Histogram<'feature' | 'part'>;

  constructor(registry: MetricsRegistry) {
    this.calls = registry.counter('parley_provider_calls_total', 'Calls of providers', [
      'feature',
      'provider',
    ]);
    this.failures = registry.counter(
      'parley_provider_failures_total',
      'Calls of providers that failed, by code (docs/api/errors.md)',
      ['feature', 'provider', 'code'],
    );
    this.aborts = registry.counter(
      'parley_provider_aborts_total',
      'Calls of providers that we ended before they were complete, mostly because the caller had left',
      ['feature', 'provider'],
    );
    this.firstBytes = registry.histogram(
      'parley_provider_first_byte_seconds',
      'From the call of a provider to its first byte of audio or piece of text',
      WAIT_SECONDS,
      ['feature', 'provider'],
    );
    this.overhead = registry.histogram(
      'parley_overhead_seconds',
      'Our own part of the wait for an answer: before the provider is called, and after its first byte until ours',
      OVERHEAD_SECONDS,
      ['feature', 'part'],
    );
  }

  begin(feature: ProviderFeature, provider: string, details: CallDetails): ProviderCall {
    const labels = { feature, provider };
    const calledAtMs = performance.now();
    const scope = currentRequest();
    this.calls.inc(labels);
    const span = ModelCallSpan.begin({ operation: OPERATIONS[feature], provider, ...details });
    if (scope && scope.providerCalledAtMs === undefined) {
      scope.providerCalledAtMs = calledAtMs;
      this.overhead.observe({ feature, part: 'before' }, (calledAtMs - scope.arrivedAtMs) / 1_000);
    }
    const left = (): void => {
      span.end('cancelled');
      this.aborted(feature, provider);
    };
    return {
      span,
      answered: () => {
        span.answered();
        const nowMs = performance.now();
        this.firstBytes.observe(labels, (nowMs - calledAtMs) / 1_000);
        if (scope) scope.providerAnsweredAtMs ??= nowMs;
      },
      ended: () => span.end(),
      cut: ({ outcome, reason }) => {
        if (outcome === 'left') return left();
        span.end(reason);
        this.failed(feature, provider, reason);
      },
      left,
    };
  }

  /** For whoever meets a failure without having begun the call. */
  failed(feature: ProviderFeature, provider: string, error: unknown): void {
    const code = error instanceof ParleyError ? error.code : 'internal';
    this.failures.inc({ feature, provider, code });
  }

  /** For whoever ends a call without having begun it. */
  aborted(feature: ProviderFeature, provider: string): void {
    this.aborts.inc({ feature, provider });
  }

  /** What we took to pass on what a provider has given, for a feature whose answers have no request of their own. */
  tookToPassOn(feature: ProviderFeature, ms: number): void {
    this.overhead.observe({ feature, part: 'after' }, ms / 1_000);
  }

  /**
   * The first byte of our own answer leaves.
   * @returns seconds since the request has arrived; undefined outside of a request
   */
  passedOn(feature: ProviderFeature): number | undefined {
    const scope = currentRequest();
    if (!scope) return undefined;
    const nowMs = performance.now();
    const { providerAnsweredAtMs, arrivedAtMs } = scope;
    if (providerAnsweredAtMs !== undefined)
      this.overhead.observe({ feature, part: 'after' }, (nowMs - providerAnsweredAtMs) / 1_000);
    return (nowMs - arrivedAtMs) / 1_000;
  }
}
