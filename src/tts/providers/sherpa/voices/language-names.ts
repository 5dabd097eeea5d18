const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
let codes: Map<string, string> | undefined;

/** The code of a language by its English name, as the metadata of models gives it. */
export function languageCode(name: string): string | undefined {
  codes ??= namedCodes();
  // "Chinese+English", "English (US)"
  return codes.get(/^\p{L}+/u.exec(name)?.[0].toLowerCase() ?? '');
}

function namedCodes(): Map<string, string> {
  const names = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });
  const found = new Map<string, string>();
  for (const first of LETTERS) {
    for (const second of LETTERS) {
      const name = names.of(first + second);
      if (name !== undefined && !found.has(name.toLowerCase())) found.set(name.toLowerCase(), first + second);
    }
  }
  return found;
}
