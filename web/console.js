import { startCaptions } from './captions.js';
import { startChat } from './chat.js';
import { element, rememberKey, whenKeyIsNeeded } from './server.js';
import { startSpeech } from './speech.js';

/** @typedef {import('../src/health/readiness.js').Readiness} Readiness */

const POLL_MS = 2_000;

function askForKey() {
  element('key-form').hidden = false;
  element('key').focus();
}

async function showComponents() {
  const response = await fetch('/health/ready');
  const { profile, components } = /** @type {Readiness} */ (await response.json());
  element('demo-note').hidden = profile !== 'demo';
  const chips = Object.entries(components).map(([name, { status, provider, detail }]) => {
    const chip = document.createElement('li');
    chip.dataset.status = status;
    const model = detail?.model ? ` · ${detail.model}` : '';
    chip.textContent =
      status === 'unconfigured' ? `${name}: not configured` : `${name}: ${provider ?? ''}${model}`;
    chip.title = status;
    return chip;
  });
  element('components').replaceChildren(...chips);
  if (Object.values(components).some(({ status }) => status === 'starting'))
    setTimeout(() => void showComponents(), POLL_MS);
}

whenKeyIsNeeded(askForKey);
element('key-form').addEventListener('submit', (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  rememberKey(element('key').value);
  location.reload();
});

void showComponents();
startCaptions(askForKey);
startChat();
void startSpeech();
