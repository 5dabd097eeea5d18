type Next = (this: object, ...values: unknown[]) => Promise<unknown>;

/** `%AsyncGeneratorPrototype%`: what every async generator of this realm takes its `next` from. Node's own are of another one. */
const prototype = Object.getPrototypeOf(Object.getPrototypeOf((async function* () {})()) as object) as {
  next: Next;
};

/**
 * Counts the async generators that were asked for at least `items` items while `work` ran: of a stream of that many chunks, those that
 * each chunk passes. Generators of short texts or single answers stay below.
 */
export async function countGenerators(items: number, work: () => Promise<unknown>): Promise<number> {
  const asked = new Map<object, number>();
  const { next } = prototype;
  prototype.next = function (...values) {
    asked.set(this, (asked.get(this) ?? 0) + 1);
    return next.apply(this, values);
  };
  try {
    await work();
  } finally {
    prototype.next = next;
  }
  return [...asked.values()].filter((count) => count >= items).length;
}
