/**
 * What counts as a word of English when transcripts are compared, after the rules that OpenAI's evaluation of Whisper made usual
 * (docs/benchmarks/accuracy.md has the list). One thing is simpler: a number counts digit by digit, however it is written.
 */

/** Done in this order, on text in lower case. */
const REWRITES: readonly [RegExp, string][] = [
  [/[\u2018\u2019\u02bc]/g, "'"],
  // What a recogniser says about sounds.
  [/\[[^\]]*\]|\([^)]*\)|<[^>]*>/g, ' '],
  [/\b(?:hmm+|mm+|mhm|uh+|um+)\b/g, ' '],
  [/\bwon't\b/g, 'will not'],
  [/\bcan't\b|\bcannot\b/g, 'can not'],
  [/\blet's\b/g, 'let us'],
  [/\bgonna\b/g, 'going to'],
  [/\bwanna\b/g, 'want to'],
  [/\bgotta\b/g, 'got to'],
  [/\b(?:mr|mister)\b/g, 'mister'],
  [/\b(?:mrs|missus)\b/g, 'missus'],
  [/\b(?:dr|doctor)\b/g, 'doctor'],
  [/\bst\b/g, 'saint'],
  [/'s (?=been\b|got\b|gone\b)/g, ' has '],
  [/'d (?=been\b|gone\b|done\b)/g, ' had '],
  [/n't\b/g, ' not'],
  [/'re\b/g, ' are'],
  [/'s\b/g, ' is'],
  [/'d\b/g, ' would'],
  [/'ll\b/g, ' will'],
  [/'ve\b/g, ' have'],
  [/'m\b/g, ' am'],
  [/'/g, ''],
  [/(?<=\d)[,:](?=\d)/g, ''],
  [/(?<=\d)\.(?=\d)/g, ' point '],
  [/[$]\s?(\d+)/g, '$1 dollars'],
  [/%/g, ' percent'],
  [/\bper cent\b/g, 'percent'],
  [/(?<=\d)(?=(?:st|nd|rd|th|s)\b)/g, ' '],
];

/** British and American spelling: both become one, which need not be a word. */
const SPELLINGS: readonly [RegExp, string][] = [
  [/^(.{2,})our(|s|ed|ing|ite|ites|able|ful|less)$/, '$1or$2'],
  [/^(.+[bt])re(s?)$/, '$1er$2'],
  [/^(.{2,})is(e|es|ed|ing|ation|ations)$/, '$1iz$2'],
  [/^grey(s?)$/, 'gray$1'],
];

const ONES = numbered(
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen',
  (index) => index,
);
const TENS = numbered('twenty thirty forty fifty sixty seventy eighty ninety', (index) => 10 * (index + 2));
const SCALES = new Map([
  ['hundred', 100],
  ['thousand', 1_000],
  ['million', 1_000_000],
]);
const ORDINALS = numbered(
  'zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth',
  (index) => index,
);

export function englishWords(text: string): string[] {
  let plain = text.toLowerCase();
  for (const [pattern, replacement] of REWRITES) plain = plain.replace(pattern, replacement);
  const words =
    plain
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  return digitByDigit(words).map(spelling);
}

function spelling(word: string): string {
  return SPELLINGS.reduce((spelt, [pattern, replacement]) => spelt.replace(pattern, replacement), word);
}

/** Numbers in words or digits become single digits: "forty two" and "42" are `4 2`, "seven four zero" and "740" `7 4 0`. */
function digitByDigit(words: readonly string[]): string[] {
  const out: string[] = [];
  let open: SpokenNumber | undefined;
  const close = (): void => {
    if (open) out.push(...digitsOf(open.value));
    open = undefined;
  };
  words.forEach((word, index) => {
    const isJoint = word === 'and' && open?.hasScale === true && isNumberWord(words[index + 1]);
    if (isJoint) return;
    const ordinal = ORDINALS.get(word);
    if (isNumberWord(word)) {
      const longer: SpokenNumber | undefined = open && continued(open, word);
      if (longer) open = longer;
      else {
        close();
        open = begun(word);
      }
    } else if (ordinal !== undefined) {
      // "twenty first" is one number, "one second" two.
      const value =
        open && open.value % 100 >= 20 && open.value % 10 === 0 && ordinal < 10 ? ordinal : undefined;
      if (open && value !== undefined) open = { ...open, value: open.value + value };
      close();
      if (value === undefined) out.push(...digitsOf(ordinal));
      out.push('th');
    } else {
      close();
      if (/^\d{1,3}$/.test(word) && SCALES.has(words[index + 1] ?? ''))
        open = { value: Number(word), hasScale: false };
      else if (/^\d+$/.test(word)) out.push(...digitsOf(word));
      else out.push(/^(?:st|nd|rd)$/.test(word) ? 'th' : word);
    }
  });
  close();
  return out;
}

interface SpokenNumber {
  value: number;
  /** The last word said how many there are, such as "hundred". */
  hasScale: boolean;
}

function isNumberWord(word: string | undefined): boolean {
  return word !== undefined && (ONES.has(word) || TENS.has(word) || SCALES.has(word));
}

function begun(word: string): SpokenNumber {
  return { value: ONES.get(word) ?? TENS.get(word) ?? SCALES.get(word)!, hasScale: SCALES.has(word) };
}

/** The number with one word more; undefined where that word begins another number. */
function continued({ value, hasScale }: SpokenNumber, word: string): SpokenNumber | undefined {
  const scale = SCALES.get(word);
  if (scale === 100 && value % 100 > 0 && value % 1_000 < 100)
    return { value: value + (value % 100) * 99, hasScale: true };
  if (scale === 100) return undefined;
  if (scale !== undefined) {
    const low = value % 1_000;
    return low === 0 ? undefined : { value: value + low * (scale - 1), hasScale: true };
  }
  const one = ONES.get(word);
  const fits = one === undefined ? hasScale : hasScale || (one > 0 && one < 10 && isRoundTen(value));
  return fits ? { value: value + (one ?? TENS.get(word)!), hasScale: false } : undefined;
}

function isRoundTen(value: number): boolean {
  return value % 100 >= 20 && value % 10 === 0;
}

function numbered(words: string, valueOf: (index: number) => number): Map<string, number> {
  return new Map(words.split(' ').map((word, index) => [word, valueOf(index)]));
}

function digitsOf(number: number | string): string[] {
  return String(number).split('');
}
