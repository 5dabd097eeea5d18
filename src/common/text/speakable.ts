/** A letter or a digit of any script. Engines are silent on marks alone, each in its own way: no audio, a click, a refusal. */
const SPEAKABLE = /[\p{L}\p{N}]/u;

export function isSpeakable(text: string): boolean {
  return SPEAKABLE.test(text);
}
