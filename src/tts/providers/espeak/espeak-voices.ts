import { InvalidInputError } from '../../../common/errors/caller-errors.js';
import type { Voice } from '../../speech-synthesizer.js';
import type { EspeakVoice } from './espeak-engine.js';
import { languageOf } from '../../language-by-script.js';

/** OpenAI's voices as variants of espeak's one voice, so that a client's default works without a change. */
const VARIANTS: ReadonlyMap<string, string> = new Map([
  ['alloy', 'm1'],
  ['ash', 'm2'],
  ['ballad', 'm3'],
  ['cedar', 'm4'],
  ['coral', 'f1'],
  ['echo', 'm5'],
  ['fable', 'm6'],
  ['marin', 'f2'],
  ['nova', 'f3'],
  ['onyx', 'm7'],
  ['sage', 'f4'],
  ['shimmer', 'f5'],
  ['verse', 'm8'],
]);
const KNOWN_VARIANTS = new Set(VARIANTS.values());
/** Of the voices for plain English the American one, as with OpenAI. */
const PLAIN_ENGLISH = { asked: 'en', spoken: 'en-us' };

/** What espeak speaks: by the name of a language, in lower case, its best voice. */
export class EspeakVoices {
  private readonly byLanguage = new Map<string, { language: string; identifier: string; priority: number }>();

  constructor(voices: readonly EspeakVoice[]) {
    for (const { identifier, languages } of voices) {
      for (const { name, priority } of languages) {
        const known = this.byLanguage.get(name.toLowerCase());
        if (known === undefined || priority < known.priority)
          this.byLanguage.set(name.toLowerCase(), { language: name, identifier, priority });
      }
    }
  }

  /** The voices to offer: OpenAI's names, which speak every language, and one per language. */
  list(): Voice[] {
    return [
      ...[...VARIANTS.keys()].map((id) => ({ id })),
      ...[...this.byLanguage.values()].map(({ language }) => ({ id: language, language })),
    ];
  }

  /**
   * The engine's name of the voice for a request. `voice` is one of OpenAI's names, or a language with an optional variant (`ko`,
   * `en-gb+f2`).
   * @throws InvalidInputError naming the field that is not known
   */
  choose({ voice, language, input }: { voice: string; language?: string; input: string }): string {
    const variant = VARIANTS.get(voice.toLowerCase());
    if (variant !== undefined) {
      const spoken = language === undefined ? this.spokenBy(languageOf(input)) : this.bestFor(language);
      if (spoken === undefined) throw new InvalidInputError('language', 'This language is not known.');
      return `${spoken}+${variant}`;
    }
    const [name = '', wanted, ...more] = voice.toLowerCase().split('+');
    const spoken = this.identifierOf(name);
    if (spoken === undefined || more.length > 0 || (wanted !== undefined && !KNOWN_VARIANTS.has(wanted))) {
      throw new InvalidInputError('voice', 'This voice is not known. GET /tts/voices lists them.');
    }
    return wanted === undefined ? spoken : `${spoken}+${wanted}`;
  }

  /** The whole tag, then without its last subtag, and so on: `ko-KR` is spoken as `ko`. */
  private bestFor(tag: string): string | undefined {
    for (let parts = tag.toLowerCase().split('-'); parts.length > 0; parts = parts.slice(0, -1)) {
      const found = this.identifierOf(parts.join('-'));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A build without a voice for the text's writing system names its letters, in English. */
  private spokenBy(language: string): string | undefined {
    return this.identifierOf(language) ?? this.identifierOf(PLAIN_ENGLISH.asked);
  }

  private identifierOf(name: string): string | undefined {
    const { asked, spoken } = PLAIN_ENGLISH;
    return this.byLanguage.get(name === asked ? spoken : name)?.identifier;
  }
}
