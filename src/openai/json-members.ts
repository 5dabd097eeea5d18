/**
 * The members of a JSON object, each with its value as text. What is only passed on stays as it was written: parsing would round
 * integers beyond 2^53. Of a name that comes twice the last one counts, as with `JSON.parse`.
 */
export type JsonMembers = Map<string, string>;

/** @param text a JSON object, already known to be well-formed */
export function membersOf(text: string): JsonMembers {
  const members: JsonMembers = new Map();
  let at = skipBlank(text, text.indexOf('{') + 1);
  while (text[at] === '"') {
    const nameEnd = endOfString(text, at);
    const name = JSON.parse(text.slice(at, nameEnd)) as string;
    const start = skipBlank(text, text.indexOf(':', nameEnd) + 1);
    const end = endOfValue(text, start);
    members.delete(name);
    members.set(name, text.slice(start, end).trimEnd());
    at = skipBlank(text, end + 1);
  }
  return members;
}

export function toJsonText(members: JsonMembers): string {
  return `{${[...members].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
}

/** The members of an object that was made here. */
export function membersOfObject(object: object): JsonMembers {
  const values = Object.entries(object).filter(([, value]) => value !== undefined);
  return new Map(values.map(([name, value]) => [name, JSON.stringify(value)]));
}

function skipBlank(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return at;
}

/** @returns the index behind the closing quote */
function endOfString(text: string, quote: number): number {
  let at = quote + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** @returns the index of the comma or brace behind the value */
function endOfValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    switch (text[at]) {
      case '"':
        at = endOfString(text, at);
        continue;
      case '{':
      case '[':
        depth += 1;
        break;
      case ',':
        if (depth === 0) return at;
        break;
      case '}':
      case ']':
        if (depth === 0) return at;
        depth -= 1;
        break;
      default:
    }
    at += 1;
  }
  return at;
}
