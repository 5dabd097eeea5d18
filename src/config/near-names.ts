/** A name that nothing reads, and the variable that was probably meant. */
export interface NearName {
  variable: string;
  meant: string;
}

/** Shorter names are like too many others: HOST is not far from POST. */
const MIN_CHARS = 7;

/** Names in the environment that look like the known variables, but are none: they would be ignored in silence. */
export function nearNames(names: readonly string[], known: readonly string[]): NearName[] {
  return names
    .filter((name) => name.length >= MIN_CHARS && !known.includes(name))
    .flatMap((variable) => {
      const meant = known.find((each) => isNear(variable, each));
      return meant === undefined ? [] : [{ variable, meant }];
    });
}

/** The same letters in other cases or with other marks between them, or one or two letters that differ. */
function isNear(name: string, known: string): boolean {
  const [given, wanted] = [bare(name), bare(known)];
  if (given === wanted) return true;
  if (wanted.length < MIN_CHARS) return false;
  return editDistance(given, wanted) <= (wanted.length < 12 ? 1 : 2);
}

function bare(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, '');
}

/** Levenshtein's, row by row. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
