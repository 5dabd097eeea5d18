/**
 * Splits a text into at most `maxParts` parts of about the same length, at the ends of lines or sentences where there are
 * some. A longer text gets longer parts, not more.
 */
export function splitIntoParts(text: string, partChars: number, maxParts: number): string[] {
  const count = Math.min(Math.ceil(text.length / partChars), maxParts);
  const parts: string[] = [];
  let start = 0;
  for (let part = 1; part < count; part += 1) {
    const end = breakNear(text, start, Math.round((text.length * part) / count));
    parts.push(text.slice(start, end));
    start = end;
  }
  parts.push(text.slice(start));
  return parts;
}

/** The best break in the last quarter before `target`. */
function breakNear(text: string, start: number, target: number): number {
  const from = target - Math.floor((target - start) / 4);
  const window = text.slice(from, target);
  for (const pattern of [/^.*\n/su, /^.*[.!?。！？]\s*/su, /^.*\s/su]) {
    const length = pattern.exec(window)?.[0].length ?? 0;
    if (length > 0) return from + length;
  }
  // Not between the halves of a surrogate pair.
  return /[\uD800-\uDBFF]/.test(text.charAt(target - 1)) ? target - 1 : target;
}
