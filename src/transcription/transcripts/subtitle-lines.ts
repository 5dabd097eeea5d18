/** Most columns of a line, by the usual rules of broadcasters; a full-width character takes two. */
const LINE_COLUMNS = 42;

/** What is shown twice as wide as a Latin letter: East Asian scripts, full-width forms and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3ffff}]/u;
/** Scripts that put no blank between words, so that lines may be broken at any word. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
/** What belongs to the end of the line before it. */
const CLOSING = /^[\p{Pe}\p{Pf}\p{Po}\p{Pd}\p{Mn}ー々]/u;
const OPENING = /[\p{Ps}\p{Pi}]$/u;

const words = new Intl.Segmenter(undefined, { granularity: 'word' });
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** A stretch of text that is not broken, and what comes between it and the one before when both are on a line. */
interface Unit {
  text: string;
  columns: number;
  blank: '' | ' ';
}

/** The lines of a text, none of them wider than `LINE_COLUMNS`. */
export function linesOf(text: string): string[] {
  return pack(unitsOf(text), LINE_COLUMNS);
}

/** One line or two of about the same width. @param text fits into two lines as `linesOf` makes them */
export function balance(text: string): string {
  const units = unitsOf(text);
  const total = columnsOf(text);
  if (total <= LINE_COLUMNS) return text;
  for (let most = Math.ceil(total / 2); most < LINE_COLUMNS; most += 1) {
    const lines = pack(units, most);
    if (lines.length <= 2) return lines.join('\n');
  }
  return pack(units, LINE_COLUMNS).join('\n');
}

function pack(units: readonly Unit[], most: number): string[] {
  const lines: { text: string; columns: number }[] = [];
  for (const { text, columns, blank } of units) {
    const last = lines.at(-1);
    if (last && last.columns + blank.length + columns <= most) {
      last.text += blank + text;
      last.columns += blank.length + columns;
    } else lines.push({ text, columns });
  }
  return lines.map(({ text }) => text);
}

function unitsOf(text: string): Unit[] {
  return text.split(' ').flatMap((word) =>
    partsOf(word).map((part, index) => ({
      text: part,
      columns: columnsOf(part),
      blank: index === 0 ? (' ' as const) : ('' as const),
    })),
  );
}

/** A word between blanks is one part, unless it is a sentence of a script without blanks, or wider than a line. */
function partsOf(word: string): string[] {
  if (!UNSPACED.test(word) && columnsOf(word) <= LINE_COLUMNS) return [word];
  const parts: string[] = [];
  for (const { segment } of words.segment(word)) {
    const last = parts.at(-1);
    const isJoined = last !== undefined && (CLOSING.test(segment) || OPENING.test(last));
    if (isJoined && columnsOf(last + segment) <= LINE_COLUMNS) parts[parts.length - 1] = last + segment;
    else parts.push(...cut(segment));
  }
  return parts;
}

/** A part that is wider than a line is cut between what a reader takes for characters. */
function cut(part: string): string[] {
  if (columnsOf(part) <= LINE_COLUMNS) return [part];
  const units = [...graphemes.segment(part)].map(({ segment }) => ({
    text: segment,
    columns: columnsOf(segment),
    blank: '' as const,
  }));
  return pack(units, LINE_COLUMNS);
}

function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += WIDE.test(character) ? 2 : character.length;
  return columns;
}
