const QUOTE = 34;
const BACKSLASH = 92;
const OPENING: ReadonlySet<number> = new Set([91, 123]); // [ {
const CLOSING: ReadonlySet<number> = new Set([93, 125]); // ] }

/**
 * Whether the arrays and objects of a JSON text lie deeper in one another than that. Asked of the text, because what comes later
 * (taking binary parts in, validating, writing it back) recurses.
 */
export function isTextNestedDeeper(text: string, maxDepth: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) at = endOfString(text, at);
    else if (OPENING.has(character)) {
      depth += 1;
      if (depth > maxDepth) return true;
    } else if (CLOSING.has(character)) depth -= 1;
  }
  return false;
}

/** Where the string that begins at `at` has its closing quote; at the end of the text when it has none. */
function endOfString(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}
