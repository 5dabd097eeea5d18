/** Names and codes of what lies underneath, outermost first. Messages are left out: a provider's may repeat a text or a key. */
export function describeCause(cause: unknown): string {
  const names: string[] = [];
  for (let each = cause; each instanceof Error && names.length < 4; each = each.cause) {
    const code: unknown = 'code' in each ? each.code : 'status' in each ? each.status : undefined;
    const isPlain = typeof code === 'string' || typeof code === 'number';
    names.push(isPlain ? `${each.name} ${code}` : each.name);
  }
  return names.length > 0 ? names.join(', by ') : typeof cause;
}
