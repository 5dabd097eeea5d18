/** What a server can do that does not say so, or not yet: a language it does not know, it refuses by name. */
const UNKNOWN = 'auto en';

/** @type {string | undefined} what is offered now */
let offered;

/**
 * Fills the picker with the languages that the server's speech model knows, named in the browser's language, and keeps what is picked. First
 * picked is `auto`, or the browser's own language where the model detects none.
 *
 * @param {HTMLSelectElement} picker
 * @param {string} [known] codes with blanks between them; `auto` where the model detects the language
 */
export function offerLanguages(picker, known = UNKNOWN) {
  if (known === offered) return;
  offered = known;
  const codes = known.split(' ');
  const options = codes
    .filter((code) => code !== 'auto')
    .map((code) => new Option(languageName(code), code))
    .sort((a, b) => a.text.localeCompare(b.text));
  if (codes.includes('auto')) options.unshift(new Option('Detect the language', 'auto'));
  const own = navigator.language.split('-', 1)[0] ?? 'en';
  const wished = [picker.value, 'auto', own, 'en'];
  picker.replaceChildren(...options);
  picker.value = wished.find((code) => codes.includes(code)) ?? codes[0] ?? 'en';
}

/** @param {string} code as Whisper names languages */
export function languageName(code) {
  try {
    return new Intl.DisplayNames([navigator.language, 'en'], { type: 'language' }).of(code) ?? code;
  } catch {
    return code;
  }
}
