const MOST = 3;

/** The known names that someone may have meant, nearest first: those that contain what was written, or differ in few letters. */
export function nearNames(written: string, known: readonly string[]): string[] {
  const wanted = written.toLowerCase();
  return known
    .map((name) => ({ name, distance: distanceOf(wanted, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(2, Math.floor(name.length / 3)))
    .toSorted((one, other) => one.distance - other.distance)
    .slice(0, MOST)
    .map(({ name }) => name);
}

function distanceOf(wanted: string, name: string): number {
  if (wanted.length > 2 && (name.includes(wanted) || wanted.includes(name))) return 1;
  let row = Array.from({ length: name.length + 1 }, (_, index) => index);
  for (const [index, letter] of wanted.split('').entries()) {
    const next = [index + 1];
    for (let at = 0; at < name.length; at += 1) {
      const change = row[at]! + (letter === name[at] ? 0 : 1);
      next.push(Math.min(change, row[at + 1]! + 1, next[at]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
