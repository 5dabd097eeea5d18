/** Names and codes of what lies underneath, outermost first. Messages are left out: a provider's may repeat a text or a key. */
export function describeCause(cause: unknown): string {
  const names: string[] = [];
  for (let each = cause; each instanceof Error && names.length < 4; each = each.cause) {
    const code = [fieldOf(each, 'code'), fieldOf(each, 'status')].find(isPlain);
    names.push(code === undefined ? each.name : `${each.name} ${code}`);
  }
  return names.length > 0 ? names.join(', by ') : typeof cause;
}

/** A code of the system, or a term such as `insufficient_quota`. A provider may put anything into this field, the key included. */
const TERM = /^(?:[A-Z][A-Z0-9_]{1,40}|(?=.{1,40}$)[a-z]+(?:_[a-z]+)+)$/;

function isPlain(code: unknown): code is string | number {
  return typeof code === 'number' || (typeof code === 'string' && TERM.test(code));
}

function fieldOf(error: Error, name: 'code' | 'status'): unknown {
  return name in error ? (error as Error & Record<typeof name, unknown>)[name] : undefined;
}
