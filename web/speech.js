import { apiKey, call, element, post, say } from './server.js';

export async function startSpeech() {
  element('speech-form').addEventListener('submit', (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    void speak();
  });
  try {
    const { voices } = /** @type {{ voices: { id: string, language?: string }[] }} */ (
      await (await call('/tts/voices')).json()
    );
    element('voice').replaceChildren(
      ...voices.map(({ id, language }) => new Option(language ? `${id} (${language})` : id, id)),
    );
  } catch (error) {
    say(element('speech-state'), /** @type {Error} */ (error).message, 'error');
  }
}

async function speak() {
  const player = /** @type {HTMLAudioElement} */ (element('player'));
  const state = element('speech-state');
  const request = { input: element('speech-text').value, voice: element('voice').value };
  const startedAt = performance.now();
  say(state, 'Speaking …');
  try {
    player.src = await sourceOf(request);
    player.addEventListener(
      'playing',
      () => say(state, `Playing after ${Math.round(performance.now() - startedAt)} ms`),
      { once: true },
    );
    await player.play();
  } catch (error) {
    say(state, /** @type {Error} */ (error).message, 'error');
  }
}

/**
 * `<audio src>` plays while the bytes come, but sends no key; with a key the whole file is fetched first.
 *
 * @param {{ input: string, voice: string }} request
 */
async function sourceOf(request) {
  if (apiKey() === '') return `/tts?${new URLSearchParams(request)}`;
  const response = await post('/tts', request);
  return URL.createObjectURL(await response.blob());
}
