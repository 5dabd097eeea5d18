/** Languages that many Whisper models know; which ones this server's model knows, it says when it is asked for another. */
const CODES =
  'ar bg ca cs da de el en es et fi fr he hi hr hu id it ja ko lt lv ms nl no pl pt ro ru sk sl sr sv ta th tr uk ur vi zh'.split(
    ' ',
  );

/**
 * Fills the picker, in the browser's language, and picks that language itself.
 *
 * @param {HTMLSelectElement} picker
 */
export function offerLanguages(picker) {
  const names = new Intl.DisplayNames([navigator.language, 'en'], { type: 'language' });
  const options = CODES.map((code) => new Option(names.of(code) ?? code, code));
  options.sort((a, b) => a.text.localeCompare(b.text));
  picker.replaceChildren(new Option('Detect the language', 'auto'), ...options);
  const own = navigator.language.split('-', 1)[0] ?? 'en';
  picker.value = CODES.includes(own) ? own : 'en';
}
