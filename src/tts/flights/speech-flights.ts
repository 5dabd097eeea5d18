import { Logger } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { BudgetExceededError } from '../../common/errors/caller-errors.js';
import { ParleyError } from '../../common/errors/parley-error.js';
import type { TenantConcurrencyLimit } from '../../common/limits/concurrency-limit.js';
import { whenAborted } from '../../common/streams/when-aborted.js';
import type { Places } from '../../metrics/metrics-registry.js';
import type { Budgets } from '../../ledger/budgets.js';
import type { SpeechCache } from '../storage/speech-cache.js';
import { speechKey } from '../storage/speech-key.js';
import { isWholeFile } from '../storage/whole-file.js';
import type { Speech, SpeechOrder } from '../speech.js';
import { SentCharacters } from '../synthesis/sent-characters.js';
import type { SpeechProducer, Synthesis } from '../synthesis/speech-producer.js';
import type { SpeechMetrics } from '../speech-metrics.js';
import { ByteBudget } from './byte-budget.js';
import { SpeechFlight, type Heard } from './speech-flight.js';

export interface FlightLimits {
  /** Largest speech that is kept whole: joined late and cached. */
  entryBytes: number;
  /** Memory of all flights together. */
  sharedBytes: number;
}

/**
 * A speech from the cheapest source there is: the cache, a flight (a synthesis that is under way), a new flight. Equal orders of one
 * tenant share a flight; its file is cached when it is whole.
 */
export class SpeechFlights {
  private readonly logger = new Logger(SpeechFlights.name);
  private readonly flights = new Map<string, SpeechFlight>();
  private readonly budget: ByteBudget;

  constructor(
    private readonly producer: SpeechProducer,
    private readonly cache: SpeechCache,
    private readonly concurrency: TenantConcurrencyLimit,
    private readonly limits: FlightLimits,
    private readonly budgets: Budgets,
    private readonly metrics: Pick<SpeechMetrics, 'aborted' | 'brokeOff'>,
  ) {
    this.budget = new ByteBudget(limits.sharedBytes);
  }

  /** Flights that can be joined, or whose file is being cached. */
  get size(): number {
    return this.flights.size;
  }

  /** How many syntheses may go on. */
  get places(): Places {
    return this.concurrency;
  }

  get heldBytes(): number {
    return this.budget.takenBytes;
  }

  /**
   * Resolves with the first byte. Aborting `signal` ends the part of this listener, and with the last listener the flight.
   * @throws OverloadedError when no synthesis more may begin, and what `SpeechSynthesizer.synthesize` throws
   */
  async get(order: SpeechOrder, signal: AbortSignal): Promise<Speech> {
    const key = this.keyOf(order);
    const kept = await this.readCache(key, order);
    if (kept) return kept;
    signal.throwIfAborted();
    const startedAt = performance.now();
    const { provider, fallback, audio, source } = await this.listen(key, order, signal);
    return {
      provider,
      ...(fallback && { fallback }),
      source,
      format: order.request.format,
      firstByteMs: performance.now() - startedAt,
      audio,
    };
  }

  /** Only from the cache. */
  findKept(order: SpeechOrder): Promise<Speech | undefined> {
    return this.readCache(this.keyOf(order), order);
  }

  /** Undefined for a speech that is neither shared nor kept. */
  private keyOf({ request, caller, store }: SpeechOrder): string | undefined {
    return store ? speechKey(caller.tenantId, request, this.producer.preferred) : undefined;
  }

  private async readCache(
    key: string | undefined,
    { request, caller }: SpeechOrder,
  ): Promise<Speech | undefined> {
    if (key === undefined) return undefined;
    const startedAt = performance.now();
    const cached = await this.cache.read(caller.tenantId, key);
    if (cached === undefined) return undefined;
    const { provider, file, integrity } = cached;
    return {
      provider,
      source: 'hit',
      format: request.format,
      firstByteMs: performance.now() - startedAt,
      audio: [file],
      kept: { file, etag: `"${integrity}"` },
    };
  }

  /** Who has begun a flight pays for it. When that caller may not, the next one who waits for it begins another. */
  private async listen(
    key: string | undefined,
    order: SpeechOrder,
    signal: AbortSignal,
  ): Promise<Heard & Pick<Speech, 'source'>> {
    for (;;) {
      const joined = this.joinable(key);
      if (!joined) return { ...(await this.begin(key, order).listen(signal)), source: 'miss' };
      try {
        return { ...(await joined.listen(signal)), source: 'join' };
      } catch (error) {
        if (!(error instanceof BudgetExceededError)) throw error;
        if (key !== undefined && this.flights.get(key) === joined) this.flights.delete(key);
      }
    }
  }

  private joinable(key: string | undefined): SpeechFlight | undefined {
    const flight = key === undefined ? undefined : this.flights.get(key);
    return flight?.canJoin ? flight : undefined;
  }

  private begin(key: string | undefined, order: SpeechOrder): SpeechFlight {
    const release = this.concurrency.acquire(order.caller.tenantId);
    const work = new AbortController();
    const flight = new SpeechFlight(this.produce(order, work.signal), work, {
      limitBytes: key === undefined ? 0 : this.limits.entryBytes,
      budget: this.budget,
    });
    if (key !== undefined) this.flights.set(key, flight);
    whenAborted(work.signal, () => {
      release();
      if (flight.speaking !== undefined) this.metrics.aborted(flight.speaking);
      if (flight.failure) this.metrics.brokeOff(flight.failure);
      if (key !== undefined && this.flights.get(key) === flight) this.flights.delete(key);
    });
    void this.land(flight, key, order);
    return flight;
  }

  /** A synthesis within the caller's budgets. When the flight is over, what was sent to a provider counts. */
  private async produce(order: SpeechOrder, over: AbortSignal): Promise<Synthesis> {
    const { model, input } = order.request;
    const reservation = await this.budgets.reserve(order.caller, {
      modality: 'speech',
      model,
      amounts: { characters: input.length },
    });
    const sent = new SentCharacters(model);
    whenAborted(over, () => void reservation.settle({ characters: sent.characters }, sent.model));
    over.throwIfAborted();
    return this.producer.produce(order, over, sent);
  }

  /** Waits for the file of a flight, caches it and ends the flight, which can be joined until then. */
  private async land(flight: SpeechFlight, key: string | undefined, order: SpeechOrder): Promise<void> {
    const landed = await flight.landed;
    // Under the key of the first provider nothing may lie that another one made.
    if (key !== undefined && landed?.provider === this.producer.preferred.name)
      await this.writeCache(key, order, landed);
    flight.end();
  }

  private async writeCache(
    key: string,
    { request: { format }, caller }: SpeechOrder,
    speech: { provider: string; file: Buffer },
  ): Promise<void> {
    if (isWholeFile(speech.file, format)) await this.keep(key, caller, speech);
    else this.logger.warn({ provider: speech.provider, format }, 'Speech is not kept: its file is not whole');
  }

  /** A speech that the caller's budget of storage has no room for is not kept. */
  private async keep(key: string, caller: Caller, speech: { provider: string; file: Buffer }): Promise<void> {
    const storageBytes = speech.file.length;
    if (!this.cache.takes(storageBytes)) return;
    try {
      const spend = { modality: 'storage' as const, model: 'cache', amounts: { storageBytes } };
      const reservation = await this.budgets.reserve(caller, spend);
      await this.cache.write(caller.tenantId, key, speech);
      await reservation.settle(spend.amounts);
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
      this.logger.debug({ code: error.code }, 'Speech is not kept: its bytes are not paid for');
    }
  }
}
