import { WHISPER_LANGUAGES } from '../whisper-languages.js';

/** What OpenAI calls a language (`english`), by its code; other servers give the code itself. */
const CODES: ReadonlyMap<string, string> = new Map(
  [...WHISPER_LANGUAGES].map((code) => {
    const name = new Intl.DisplayNames('en', { type: 'language' }).of(code) ?? code;
    return [name.toLowerCase(), code];
  }),
);

/** The ISO 639-1 code of a detected language; `und` (undetermined) for what is not known. */
export function languageCode(language: string): string {
  const name = language.toLowerCase();
  return WHISPER_LANGUAGES.has(name) ? name : (CODES.get(name) ?? 'und');
}
