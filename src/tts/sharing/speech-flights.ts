import type { Production } from '../synthesis/speech-producer.js';
import { ByteBudget } from './byte-budget.js';
import { SpeechFlight } from './speech-flight.js';

/** What is being synthesised right now: equal requests share one call. */
export class SpeechFlights {
  private readonly flights = new Map<string, SpeechFlight>();
  private readonly budget: ByteBudget;

  constructor(
    private readonly entryBytes: number,
    sharedBytes: number,
  ) {
    this.budget = new ByteBudget(sharedBytes);
  }

  get size(): number {
    return this.flights.size;
  }

  get heldBytes(): number {
    return this.budget.takenBytes;
  }

  /** The call that a request with this key can still join. */
  find(key: string): SpeechFlight | undefined {
    const flight = this.flights.get(key);
    return flight?.canJoin ? flight : undefined;
  }

  /** @param key undefined: a call that nobody may join and whose result is not kept */
  begin(
    key: string | undefined,
    start: (signal: AbortSignal) => Promise<Production>,
    onFile: (production: Production, file: Buffer) => Promise<void>,
  ): SpeechFlight {
    const flight = new SpeechFlight(start, {
      limitBytes: key === undefined ? 0 : this.entryBytes,
      budget: this.budget,
      onFile,
      onOver: () => {
        if (key !== undefined && this.flights.get(key) === flight) this.flights.delete(key);
      },
    });
    if (key !== undefined) this.flights.set(key, flight);
    return flight;
  }
}
