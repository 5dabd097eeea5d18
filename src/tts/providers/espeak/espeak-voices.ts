import { InvalidInputError } from '../../../common/errors/caller-errors.js';
import type { Voice } from '../../speech-synthesizer.js';

/** OpenAI's voices as variants of espeak's one voice, so that a client's default works without a change. */
const VARIANTS: Record<string, string> = {
  alloy: 'm1',
  ash: 'm2',
  ballad: 'm3',
  cedar: 'm4',
  coral: 'f1',
  echo: 'm5',
  fable: 'm6',
  marin: 'f2',
  nova: 'f3',
  onyx: 'm7',
  sage: 'f4',
  shimmer: 'f5',
  verse: 'm8',
};
const KNOWN_VARIANTS = new Set(Object.values(VARIANTS));
/** Names that people use for languages that espeak names otherwise. */
const ALIASES: Record<string, string> = { en: 'en-us', zh: 'cmn', fr: 'fr-fr', no: 'nb' };

/** Writing systems that tell the language; the first one found in the text decides. */
const SCRIPTS: readonly [RegExp, string][] = [
  [/\p{Script=Hangul}/u, 'ko'],
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/u, 'ja'],
  [/\p{Script=Han}/u, 'cmn'],
  [/\p{Script=Cyrillic}/u, 'ru'],
  [/\p{Script=Greek}/u, 'el'],
  [/\p{Script=Arabic}/u, 'ar'],
  [/\p{Script=Hebrew}/u, 'he'],
  [/\p{Script=Devanagari}/u, 'hi'],
];

/** The voices to offer: OpenAI's names, which speak every language, and one per language. */
export function espeakVoices(languages: readonly string[]): Voice[] {
  return [
    ...Object.keys(VARIANTS).map((id) => ({ id })),
    ...languages.map((language) => ({ id: language, language })),
  ];
}

/**
 * The espeak voice for a request. `voice` is one of OpenAI's names, or a language with an optional variant (`ko`, `en-gb+f2`).
 * @throws InvalidInputError naming the field that is not known
 */
export function espeakVoice(
  { voice, language, input }: { voice: string; language?: string; input: string },
  languages: readonly string[],
): string {
  const variant = VARIANTS[voice.toLowerCase()];
  if (variant !== undefined) {
    const spoken = language === undefined ? languageOf(input) : knownLanguage(language, languages);
    if (spoken === undefined) throw new InvalidInputError('language', 'This language is not known.');
    return `${spoken}+${variant}`;
  }
  const [name = '', wanted, ...more] = voice.toLowerCase().split('+');
  const spoken = languages.find((each) => each.toLowerCase() === (ALIASES[name] ?? name));
  if (spoken === undefined || more.length > 0 || (wanted !== undefined && !KNOWN_VARIANTS.has(wanted))) {
    throw new InvalidInputError('voice', 'This voice is not known. GET /tts/voices lists them.');
  }
  return wanted === undefined ? spoken : `${spoken}+${wanted}`;
}

function languageOf(text: string): string {
  return SCRIPTS.find(([script]) => script.test(text))?.[1] ?? 'en-us';
}

/** The whole tag, then without its last subtag, and so on: `ko-KR` is spoken as `ko`. */
function knownLanguage(tag: string, languages: readonly string[]): string | undefined {
  for (let parts = tag.toLowerCase().split('-'); parts.length > 0; parts = parts.slice(0, -1)) {
    const name = parts.join('-');
    const found = languages.find((each) => each.toLowerCase() === (ALIASES[name] ?? name));
    if (found !== undefined) return found;
  }
  return undefined;
}
