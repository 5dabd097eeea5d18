import { captionsAreAvailable, startCaptions } from './captions.js';
import { chatIsAvailable, startChat } from './chat.js';
import { modelIsAvailable, startModel } from './model.js';
import { element, rememberKey, UNREACHABLE, whenKeyIsNeeded } from './server.js';
import { speechIsAvailable, startSpeech } from './speech.js';

/** @typedef {import('../src/health/readiness.js').Readiness} Readiness */
/** @typedef {Readiness['components']} Components */

const POLL_MS = 10_000;
/** While something starts or the server is away. */
const POLL_SOON_MS = 2_000;

function askForKey() {
  element('key-form').hidden = false;
  element('key').focus();
}

/** Asks for as long as the page is open: a server that has died must not stay green. */
async function watchComponents() {
  let pollMs = POLL_SOON_MS;
  try {
    const body = await (await fetch('/health/ready')).json();
    if (body.components) {
      showComponents(body);
      const statuses = Object.values(/** @type {Components} */ (body.components));
      if (statuses.every(({ status }) => status !== 'starting')) pollMs = POLL_MS;
    } else showFault(body.error?.message ?? UNREACHABLE);
  } catch {
    showFault(UNREACHABLE);
  }
  setTimeout(() => void watchComponents(), pollMs);
}

/** @param {Readiness} readiness */
function showComponents({ profile, components }) {
  const demo = demoParts(components);
  element('demo-note').hidden = profile !== 'demo' || demo.length === 0;
  element('demo-parts').textContent = demo.join(', ');
  const chips = Object.entries(components).map(([name, { status, provider, detail }]) => {
    const model = detail?.model ? ` · ${detail.model}` : '';
    const fault = detail?.fault ? ` · ${detail.fault}` : '';
    return chip(
      status,
      status === 'unconfigured' ? `${name}: not configured` : `${name}: ${provider ?? ''}${model}${fault}`,
    );
  });
  element('components').replaceChildren(...chips);
  const has = (/** @type {string} */ name) =>
    name in components && components[name]?.status !== 'unconfigured';
  captionsAreAvailable(has('transcription'), components.transcription?.detail);
  modelIsAvailable(has('transcription'));
  chatIsAvailable(has('chat'));
  speechIsAvailable(has('tts'));
}

/** @param {Components} components */
function demoParts({ chat, tts }) {
  return [
    ...(chat?.provider === 'scripted' ? ['chat is scripted'] : []),
    ...(tts?.provider === 'espeak' ? ['the voice is a robot'] : []),
  ];
}

/** @param {string} message */
function showFault(message) {
  element('components').replaceChildren(chip('down', message));
}

/**
 * @param {string} status
 * @param {string} text
 */
function chip(status, text) {
  const item = document.createElement('li');
  item.dataset.status = status;
  item.textContent = text;
  item.title = status;
  return item;
}

whenKeyIsNeeded(askForKey);
element('key-form').addEventListener('submit', (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  rememberKey(element('key').value);
  location.reload();
});

startCaptions(askForKey);
startModel();
startChat();
void startSpeech();
void watchComponents();
