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

/** @param {boolean} available whether the server has a voice at all */
export function speechIsAvailable(available) {
  element('speak').disabled = !available;
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
    say(state, await reasonOf(/** @type {Error} */ (error), player.src), 'error');
  }
}

/**
 * A player says of every failure that it found no source; the server says why.
 *
 * @param {Error} error
 * @param {string} source
 */
async function reasonOf(error, source) {
  if (error.name !== 'NotSupportedError' || source.startsWith('blob:')) return error.message;
  try {
    const response = await call(source);
    await response.body?.cancel();
    return error.message;
  } catch (refusal) {
    return /** @type {Error} */ (refusal).message;
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
