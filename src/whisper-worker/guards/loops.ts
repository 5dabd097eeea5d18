import { deflateRawSync } from 'node:zlib';
import { spokenLength } from './spoken-length.js';

/** Words, or single characters of scripts without blanks, with what stands behind them. */
const TOKENS =
  /(?:[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+)[^\S]*/gu;
const LONGEST_UNIT_TOKENS = 40;
/** More than is said in the longest utterance, and more than Whisper says at all. */
const MOST_TOKENS = 1_000;

/** So often in a row it is a loop however slowly, if the text also compresses like one. */
const MANY_REPEATS = 5;
/** Whisper's own threshold for text that says the same over and over. */
const MAX_COMPRESSION = 2.4;
/**
 * Spoken letters a second from which repeats were not said but invented. People repeat themselves at the pace of speech, 10 to 15
 * letters a second and rarely 18, but a model that says one sentence several times over fits all of them into the time of one.
 */
const TOO_FAST = { twice: 19, moreOften: 17 };
/** Less than this is said twice by anybody: "no no", "thank you, thank you". In spoken letters of all repeats but the first. */
const LEAST_INVENTED = 12;
/** People chant whole sentences. A decoder that ran out of tokens stops in the midst of one, after so many whole ones. */
const REPEATS_BEFORE_REST = 3;

interface Run {
  /** In tokens. */
  unit: number;
  repeats: number;
}

/**
 * Keeps every run of repeats once that a decoder made and not a speaker.
 * @param pace spoken letters a second, of the whole text
 */
export function withoutLoops(text: string, pace: number): string {
  const tokens = text.match(TOKENS) ?? [];
  if (tokens.length > MOST_TOKENS) return '';
  const forms = tokens.map((token) => token.toLowerCase().replace(/[^\p{L}\p{M}\p{N}]/gu, ''));
  const compresses = isCompressible(text);
  const kept: string[] = [];
  let hasLoop = false;
  for (let at = 0; at < tokens.length;) {
    const run = runAt(forms, at);
    const unit = run && tokens.slice(at, at + run.unit);
    const end = run ? at + run.unit * run.repeats : at;
    const isCutOff = run !== undefined && isRestOf(forms, end, forms.slice(end - run.unit, end));
    // Seen from its second word, a whole last repeat would look like one that is cut off.
    const isWhole = run !== undefined && forms[at - 1] !== forms[at + run.unit - 1];
    const unitLength = spokenLength(unit?.join('') ?? '');
    const isLoop =
      run &&
      unit &&
      isInvented({ unitLength, repeats: run.repeats, pace, compresses, isCutOff: isCutOff && isWhole });
    if (isLoop) {
      hasLoop = true;
      kept.push(...unit);
      at = isCutOff ? tokens.length : end;
    } else {
      kept.push(tokens[at]!);
      at += 1;
    }
  }
  return hasLoop ? kept.join('').trimEnd() : text;
}

interface Repeats {
  /** In spoken letters. */
  unitLength: number;
  repeats: number;
  /** Spoken letters a second. */
  pace: number;
  compresses: boolean;
  /** The text ends with the beginning of one more. */
  isCutOff: boolean;
}

function isInvented({ unitLength, repeats, pace, compresses, isCutOff }: Repeats): boolean {
  if (repeats >= MANY_REPEATS && compresses) return true;
  if (isCutOff && repeats >= REPEATS_BEFORE_REST && unitLength >= LEAST_INVENTED) return true;
  const isFast = pace > (repeats === 2 ? TOO_FAST.twice : TOO_FAST.moreOften);
  return isFast && unitLength * (repeats - 1) >= LEAST_INVENTED;
}

/** The run of repeats that covers most from here; the shorter unit of those that cover the same. */
function runAt(forms: readonly string[], at: number): Run | undefined {
  let best: Run | undefined;
  const longest = Math.min(LONGEST_UNIT_TOKENS, Math.floor((forms.length - at) / 2));
  for (let unit = 1; unit <= longest; unit += 1) {
    let same = 0;
    while (at + unit + same < forms.length && forms[at + same] === forms[at + unit + same]) same += 1;
    const repeats = 1 + Math.floor(same / unit);
    if (repeats >= 2 && (!best || unit * repeats > best.unit * best.repeats)) best = { unit, repeats };
  }
  return best;
}

function isRestOf(forms: readonly string[], at: number, unit: readonly string[]): boolean {
  const rest = forms.slice(at);
  return rest.length > 0 && rest.length < unit.length && rest.every((form, index) => form === unit[index]);
}

function isCompressible(text: string): boolean {
  const bytes = Buffer.from(text);
  return bytes.length > 0 && bytes.length / deflateRawSync(bytes).length > MAX_COMPRESSION;
}
