interface Entry<T> {
  item: T;
  cost: number;
  /** Virtual time at which the item may start. */
  start: number;
  owner: object;
}

/**
 * Start-time fair queueing: each owner's items follow one another on a virtual clock by their cost, and the item that starts
 * earliest goes first. An owner that had much waits longer, and an owner that was idle gets no credit for it.
 */
export class FairQueue<T> {
  private readonly entries: Entry<T>[] = [];
  private readonly finished = new WeakMap<object, number>();
  private now = 0;
  private _cost = 0;

  get size(): number {
    return this.entries.length;
  }

  get cost(): number {
    return this._cost;
  }

  push(owner: object, cost: number, item: T): void {
    const start = Math.max(this.now, this.finished.get(owner) ?? 0);
    this.finished.set(owner, start + cost);
    this.entries.push({ item, cost, start, owner });
    this._cost += cost;
  }

  next(): T | undefined {
    let first = 0;
    for (let i = 1; i < this.entries.length; i += 1) {
      if (this.entries[i]!.start < this.entries[first]!.start) first = i;
    }
    const entry = this.entries[first];
    if (!entry) return undefined;
    this.drop(first);
    this.now = entry.start;
    return entry.item;
  }

  /** Removes an item that is no longer wanted. Its owner pays nothing for it. */
  remove(item: T): void {
    const index = this.entries.findIndex((entry) => entry.item === item);
    const entry = this.entries[index];
    if (!entry) return;
    this.drop(index);
    this.finished.set(entry.owner, (this.finished.get(entry.owner) ?? entry.cost) - entry.cost);
  }

  private drop(index: number): void {
    const [entry] = this.entries.splice(index, 1);
    this._cost -= entry!.cost;
  }
}
