import { InvalidInputError } from '../../../../common/errors/caller-errors.js';
import { ProviderUnconfiguredError } from '../../../../common/errors/provider-errors.js';
import { languageByScript } from '../../../language-by-script.js';
import { OPENAI_VOICES } from '../../../openai-voices.js';
import type { SpeechRequest } from '../../../speech-synthesizer.js';
import type { NeuralVoice } from './voice-folder.js';

export interface ChosenVoice {
  voice: NeuralVoice;
  /** Number of the speaker. */
  speaker: number;
}

/** What a choice is made from. */
export interface VoiceOffer {
  /** Sorted by name. */
  all(): readonly NeuralVoice[];
  faultOf(name: string): string | undefined;
}

const ENGLISH = 'en';

/**
 * The voice of a request. `voice` is NAME, NAME:SPEAKER (its name or number), the number of a speaker of the default voice, or one of
 * OpenAI's names, which mean the default voice for the language.
 * @param defaultName the voice for every language that it speaks
 * @throws InvalidInputError for a voice or a speaker that is not there
 * @throws ProviderUnconfiguredError when no voice speaks the language, or the folder of the voice is wrong
 */
export function chooseVoice(
  { voice: asked, language, input }: Pick<SpeechRequest, 'voice' | 'language' | 'input'>,
  offer: VoiceOffer,
  defaultName: string,
): ChosenVoice {
  const voices = offer.all();
  const [name = '', ...rest] = asked.split(':');
  const speaker = rest.length > 0 ? rest.join(':') : undefined;
  const fault = offer.faultOf(name);
  if (fault !== undefined) throw new ProviderUnconfiguredError(`The voice ${name} cannot speak: ${fault}.`);
  const spoken = language ?? languageByScript(input);
  const named = voices.find((each) => each.name === name);
  if (named) {
    if (spoken !== undefined && !speaks(named, spoken))
      throw withoutVoice(spoken, `The voice ${name} does not`);
    return { voice: named, speaker: speakerOf(named, speaker) };
  }
  const isNumber = /^\d+$/.test(asked);
  const isOpenAi = OPENAI_VOICES.includes(asked.toLowerCase());
  if (voices.length === 0 && (isNumber || isOpenAi || asked === defaultName))
    throw new ProviderUnconfiguredError('There is no voice. Get one with: npm run models -- pull voice:NAME');
  const defaultFault = offer.faultOf(defaultName.split(':', 1)[0]!);
  if (defaultFault !== undefined && (isNumber || isOpenAi))
    throw new ProviderUnconfiguredError(`The default voice cannot speak: ${defaultFault}.`);
  if (!isNumber && !isOpenAi)
    throw new InvalidInputError('voice', 'This voice is not known. GET /tts/voices lists them.');
  const voice = defaultVoice(voices, spoken, defaultName.split(':', 1)[0]!);
  if (isNumber) return { voice, speaker: speakerOf(voice, asked) };
  const ofDefault = defaultName.startsWith(`${voice.name}:`)
    ? defaultName.slice(voice.name.length + 1)
    : undefined;
  return { voice, speaker: speakerOf(voice, ofDefault) };
}

/** The configured voice where it speaks the language, else the first one that does. */
function defaultVoice(
  voices: readonly NeuralVoice[],
  language: string | undefined,
  defaultName: string,
): NeuralVoice {
  const configured = voices.find(({ name }) => name === defaultName);
  if (language === undefined)
    return configured ?? voices.find((voice) => speaks(voice, ENGLISH)) ?? voices[0]!;
  const speaking = voices.filter((voice) => speaks(voice, language));
  const exact = speaking.find(({ languages }) => languages.some((each) => isSame(each, language)));
  const found = configured && speaking.includes(configured) ? configured : (exact ?? speaking[0]);
  if (!found) throw withoutVoice(language, 'No voice');
  return found;
}

/** A dialect is spoken by a voice of another one. */
function speaks({ languages }: NeuralVoice, language: string): boolean {
  return languages.some((each) => primary(each) === primary(language));
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function primary(tag: string): string {
  const code = tag.split('-', 1)[0]!.toLowerCase();
  // Mandarin, as espeak calls it.
  return code === 'cmn' ? 'zh' : code;
}

function speakerOf({ speakers, speakerCount }: NeuralVoice, asked: string | undefined): number {
  if (asked === undefined) return 0;
  const number = /^\d{1,6}$/.test(asked) ? Number(asked) : speakers.indexOf(asked);
  if (number >= 0 && number < speakerCount) return number;
  throw new InvalidInputError('voice', 'This speaker is not known. GET /tts/voices lists them.');
}

function withoutVoice(language: string, who: string): ProviderUnconfiguredError {
  return new ProviderUnconfiguredError(
    `${who} ${who === 'No voice' ? 'speaks' : 'speak'} ${language}. Voices: npm run models -- list`,
  );
}
