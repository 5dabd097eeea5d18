import { describe, expect, it } from '@jest/globals';
import { chooseVoice } from './choose-voice.js';
import type { NeuralVoice } from './voice-folder.js';

const voice = (name: string, languages: string[], speakers: string[] = []): NeuralVoice => ({
  name,
  key: name,
  files: {
    kind: 'vits',
    model: '',
    tokens: '',
    lexicon: '',
    dataDir: '',
    ruleFsts: '',
    voices: '',
    espeakLanguage: '',
    vocoder: '',
  },
  languages,
  speakers,
  speakerCount: Math.max(1, speakers.length),
});
const VOICES = [
  voice('anna', ['de-DE']),
  voice('heart', ['en-GB'], ['low', 'high']),
  voice('joe', ['en-US']),
  voice('mei', ['zh-CN']),
];
const choose = (asked: string, input: string, language?: string, defaultVoice = 'nova'): string => {
  const request = { voice: asked, input, ...(language !== undefined && { language }) };
  const chosen = chooseVoice(request, { all: () => VOICES, faultOf: () => undefined }, defaultVoice);
  return `${chosen.voice.name}:${chosen.speaker}`;
};

describe(chooseVoice.name, () => {
  it.each([
    ['the first English one for Latin letters', 'nova', 'Hello', undefined, 'nova', 'heart:0'],
    ['the configured one for Latin letters', 'nova', 'Hallo', undefined, 'anna', 'anna:0'],
    ['the configured speaker', 'nova', 'Hello', undefined, 'heart:high', 'heart:1'],
    [
      'one that speaks the language instead of the configured one',
      'nova',
      '你好',
      undefined,
      'anna',
      'mei:0',
    ],
    ['the dialect that was asked for', 'nova', 'Hello', 'en-US', 'nova', 'joe:0'],
    ['another dialect where there is none of it', 'nova', 'Hallo', 'de-AT', 'nova', 'anna:0'],
    ['the one that was named', 'heart:high', 'Hello', undefined, 'joe', 'heart:1'],
    ['the speaker of the configured one by its number', '1', 'Hello', undefined, 'heart', 'heart:1'],
  ])('takes %s', (_what, asked, input, language, defaultVoice, expected) => {
    expect(choose(asked, input, language, defaultVoice)).toBe(expected);
  });

  it.each([
    ['a language that no voice speaks', 'nova', 'Привет', 'No voice speaks ru.'],
    ['a language that the named voice does not speak', 'joe', 'Привет', 'The voice joe does not speak ru.'],
  ])('refuses %s as nothing that the caller did wrong', (_what, asked, input, message) => {
    expect(() => choose(asked, input)).toThrow(expect.objectContaining({ code: 'provider_unconfigured' }));
    expect(() => choose(asked, input)).toThrow(message);
  });
});
