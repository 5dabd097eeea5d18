/** A number that may be written as text, as in a query: text that is not blank becomes a number (NaN included), all else stays. */
export function numberOf(value: unknown): unknown {
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
}
