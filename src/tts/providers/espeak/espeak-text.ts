/**
 * Makes a text harmless for espeak-ng, which takes `[[` as the begin of phoneme codes, a null byte as the end of the text and,
 * in builds that read SSML, `<` as markup (an `<audio>` element would open a file).
 */
export function harmlessText(text: string, readsMarkup: boolean): string {
  // Through UTF-8, which has no lone surrogates.
  const plain = Buffer.from(text, 'utf8')
    .toString('utf8')
    .replaceAll(/\p{Cc}/gu, (control) => (control === '\n' ? control : ' '))
    .replaceAll('[[', '[ [')
    .replaceAll('[[', '[ [');
  return readsMarkup ? escapeMarkup(plain) : plain;
}

function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
