import { describe, expect, it } from '@jest/globals';
import { languageOf } from './language-by-script.js';

describe(languageOf.name, () => {
  it.each([
    ['안녕하세요', 'ko'],
    ['こんにちは', 'ja'],
    ['カタカナ', 'ja'],
    ['今日は月曜日です', 'ja'],
    ['你好', 'cmn'],
    ['Привет', 'ru'],
    ['Καλημέρα', 'el'],
    ['مرحبا', 'ar'],
    ['שלום', 'he'],
    ['नमस्ते', 'hi'],
    ['নমস্কার', 'bn'],
    ['ਸਤਿ ਸ੍ਰੀ ਅਕਾਲ', 'pa'],
    ['નમસ્તે', 'gu'],
    ['ନମସ୍କାର', 'or'],
    ['வணக்கம்', 'ta'],
    ['నమస్కారం', 'te'],
    ['ನಮಸ್ಕಾರ', 'kn'],
    ['നമസ്കാരം', 'ml'],
    ['ආයුබෝවන්', 'si'],
    ['สวัสดี', 'th'],
    ['မင်္ဂလာပါ', 'my'],
    ['ሰላም', 'am'],
    ['გამარჯობა', 'ka'],
    ['Բարև', 'hy'],
    ['ᎣᏏᏲ', 'chr-us-qaaa-x-west'],
    ['Good morning', 'en-us'],
    ['12', 'en-us'],
    ['Das Wort สวัสดี heißt Hallo', 'th'],
  ])('takes %s for %s', (text, language) => {
    expect(languageOf(text)).toBe(language);
  });
});
