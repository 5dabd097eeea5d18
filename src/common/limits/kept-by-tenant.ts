/**
 * Items that are kept for a while, up to a total number. When there are too many, the tenant with the most items loses its oldest one, so
 * that no tenant evicts items of a tenant that keeps fewer.
 */
export class KeptByTenant<T> {
  private readonly tenants = new Map<string, Map<string, T>>();
  private _size = 0;

  constructor(private readonly limit: number) {}

  get size(): number {
    return this._size;
  }

  /** @returns the items that were evicted for the new one */
  add(tenantId: string, id: string, item: T): T[] {
    this.remove(tenantId, id);
    const own = this.tenants.get(tenantId) ?? new Map<string, T>();
    this.tenants.set(tenantId, own.set(id, item));
    this._size += 1;
    const dropped: T[] = [];
    while (this._size > this.limit) dropped.push(this.dropOne());
    return dropped;
  }

  get(tenantId: string, id: string): T | undefined {
    return this.tenants.get(tenantId)?.get(id);
  }

  /** The items of a tenant, the oldest first. */
  of(tenantId: string): IterableIterator<T> {
    return (this.tenants.get(tenantId) ?? new Map<string, T>()).values();
  }

  /** The items of all tenants, tenant by tenant. */
  *all(): Generator<T> {
    for (const own of this.tenants.values()) yield* own.values();
  }

  remove(tenantId: string, id: string): void {
    const own = this.tenants.get(tenantId);
    if (!own?.delete(id)) return;
    this._size -= 1;
    if (own.size === 0) this.tenants.delete(tenantId);
  }

  /** Removes the oldest items of each tenant for as long as `isOver` holds. */
  removeOldest(isOver: (item: T) => boolean): void {
    for (const [tenantId, own] of this.tenants) {
      for (const [id, item] of own) {
        if (!isOver(item)) break;
        this.remove(tenantId, id);
      }
    }
  }

  private dropOne(): T {
    let most: [tenantId: string, own: Map<string, T>] | undefined;
    for (const entry of this.tenants) if (!most || entry[1].size > most[1].size) most = entry;
    const [tenantId, own] = most!;
    const [[id, oldest]] = own as Iterable<[string, T]> as [[string, T]];
    this.remove(tenantId, id);
    return oldest;
  }
}
