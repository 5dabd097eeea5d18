import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export type DecodeKind = 'final' | 'speculative' | 'confirming' | 'interim' | 'background' | 'probe';

/** What the gauges show at the moment they are read. */
export interface WorkerState {
  sessions: number;
  capacity: number;
  lanes: number;
  freeLanes: number;
  waiting: number;
  waitingInBackground: number;
  loadFactor: number;
  hostRestarts: number;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The worker's figures for Prometheus. No label names a session. */
export class WorkerMetrics {
  readonly registry = new Registry();
  private readonly queue = this.histogram('queue_seconds', 'Wait of a decode for its lane', ['kind']);
  private readonly decode = this.histogram('decode_seconds', 'Decoding, features included', ['kind']);
  private readonly realTimeFactor = this.histogram('real_time_factor', 'Decode time per time of its audio', [
    'kind',
  ]);
  private readonly lag = this.histogram(
    'final_lag_seconds',
    'From the audio that ended an utterance to its final',
    [],
  );
  private readonly _audio = this.counter('audio_seconds_total', 'Audio taken over', []);
  private readonly finals = this.counter('finals_total', 'Finals sent', []);
  private readonly commits = this.counter('commits_total', 'Commits of audio without words', []);
  private readonly interims = this.counter('interims_total', 'Interims sent or dropped for want of a lane', [
    'outcome',
  ]);
  private readonly speculations = this.counter(
    'speculations_total',
    'Speculative finals by what became of them',
    ['outcome'],
  );
  private readonly _suppressed = this.counter(
    'suppressed_texts_total',
    'Texts that the guards took away, in whole or part',
    [],
  );
  private readonly _refused = this.counter('refused_sessions_total', 'Sessions refused, by close code', [
    'code',
  ]);
  private readonly _failed = this.counter('failed_sessions_total', 'Sessions that could not go on', []);
  private readonly _characters = this.counter('interim_characters_total', 'Flicker is retracted / emitted', [
    'outcome',
  ]);

  constructor() {
    // A first one is no rise of what was not there.
    for (const outcome of ['sent', 'dropped']) this.interims.inc({ outcome }, 0);
    for (const outcome of ['confirmed', 'discarded']) this.speculations.inc({ outcome }, 0);
  }

  /** @param memoryBytes of the processes that hold a model; undefined where the system does not tell */
  observe(state: () => WorkerState, memoryBytes: () => Promise<number | undefined>): void {
    collectDefaultMetrics({ register: this.registry });
    const memory: Gauge = new Gauge({
      name: nameOf('model_memory_bytes'),
      help: 'Resident memory of the engine hosts, which hold the models',
      registers: [this.registry],
      collect: async () => {
        const bytes = await memoryBytes();
        if (bytes !== undefined) memory.set(bytes);
        else memory.reset();
      },
    });
    const gauges: [name: string, help: string, read: (state: WorkerState) => number][] = [
      ['sessions', 'Open sessions', ({ sessions }) => sessions],
      ['capacity_sessions', 'Sessions that are let in', ({ capacity }) => capacity],
      ['lanes', 'Decodes at once', ({ lanes }) => lanes],
      ['free_lanes', 'Lanes that are free', ({ freeLanes }) => freeLanes],
      ['waiting_decodes', 'Finals that wait for a lane', ({ waiting }) => waiting],
      [
        'waiting_background_decodes',
        'Decodes of recordings that wait for a lane that no live session wants',
        ({ waitingInBackground }) => waitingInBackground,
      ],
      [
        'load_factor',
        'Lane time of finals per time of audio, pauses included',
        ({ loadFactor }) => loadFactor,
      ],
      ['host_restarts', 'Engine hosts started again', ({ hostRestarts }) => hostRestarts],
    ];
    for (const [name, help, read] of gauges) {
      const gauge: Gauge = new Gauge({
        name: nameOf(name),
        help,
        registers: [this.registry],
        collect: () => gauge.set(read(state())),
      });
    }
  }

  decoded(kind: DecodeKind, queueMs: number, decodeMs: number, audioMs: number): void {
    this.queue.observe({ kind }, queueMs / 1_000);
    this.decode.observe({ kind }, decodeMs / 1_000);
    this.realTimeFactor.observe({ kind }, decodeMs / audioMs);
  }

  audio(ms: number): void {
    this._audio.inc(ms / 1_000);
  }

  /** @param lagMs undefined where nobody waits for it */
  final(lagMs: number | undefined): void {
    this.finals.inc();
    if (lagMs !== undefined) this.lag.observe(lagMs / 1_000);
  }

  commit(): void {
    this.commits.inc();
  }

  interim(outcome: 'sent' | 'dropped'): void {
    this.interims.inc({ outcome });
  }

  speculation(outcome: 'confirmed' | 'discarded'): void {
    this.speculations.inc({ outcome });
  }

  suppressed(): void {
    this._suppressed.inc();
  }

  refused(code: number): void {
    this._refused.inc({ code });
  }

  failed(): void {
    this._failed.inc();
  }

  characters(emitted: number, retracted: number): void {
    this._characters.inc({ outcome: 'emitted' }, emitted);
    this._characters.inc({ outcome: 'retracted' }, retracted);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** In the text format of Prometheus. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  private histogram<L extends string>(name: string, help: string, labelNames: L[]): Histogram<L> {
    return new Histogram({
      name: nameOf(name),
      help,
      labelNames,
      buckets: SECONDS,
      registers: [this.registry],
    });
  }

  private counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name: nameOf(name), help, labelNames, registers: [this.registry] });
  }
}

function nameOf(name: string): string {
  return `parley_worker_${name}`;
}
