import { readEvents } from './event-stream.js';
import { element, post, say } from './server.js';

/** @type {{ role: 'user' | 'assistant', content: string }[]} */
const history = [];

/** @type {AbortController | undefined} */
let running;

export function startChat() {
  element('chat-form').addEventListener('submit', (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const text = element('chat-text').value.trim();
    if (text === '' || running) return;
    element('chat-text').value = '';
    void ask(text);
  });
  element('stop-chat').addEventListener('click', () => running?.abort());
}

/** @param {string} text */
async function ask(text) {
  const state = element('chat-state');
  history.push({ role: 'user', content: text });
  addMessage('user', text);
  const answer = addMessage('assistant', '');
  running = new AbortController();
  setRunning(true);
  say(state, '');
  try {
    const response = await post(
      '/chat',
      { messages: history },
      { headers: { Accept: 'text/event-stream' }, signal: running.signal },
    );
    say(state, await readAnswer(response, answer));
  } catch (error) {
    const wasStopped = running.signal.aborted;
    say(state, wasStopped ? 'Stopped' : /** @type {Error} */ (error).message, wasStopped ? 'info' : 'error');
  }
  history.push({ role: 'assistant', content: answer.textContent ?? '' });
  running = undefined;
  setRunning(false);
}

/**
 * @param {Response} response
 * @param {HTMLElement} answer
 * @returns {Promise<string>} what to say when it is over
 */
async function readAnswer(response, answer) {
  let usage = '';
  for await (const { event, data } of readEvents(response)) {
    if (event === 'delta') {
      answer.textContent += data.text;
      answer.parentElement?.scrollTo(0, answer.parentElement.scrollHeight);
    }
    if (event === 'usage') usage = ` · ${data.totalTokens} tokens${data.estimated ? ' (estimated)' : ''}`;
    if (event === 'done') return `First token after ${data.ttftMs} ms, ${data.durationMs} ms in all${usage}`;
    if (event === 'failed') throw new Error(data.message ?? data.error?.message ?? 'The answer failed.');
    if (event === 'cancelled') return 'Stopped';
  }
  throw new Error('The connection was lost before the answer was complete.');
}

/**
 * @param {'user' | 'assistant'} role
 * @param {string} text
 */
function addMessage(role, text) {
  const item = document.createElement('li');
  item.dataset.role = role;
  item.textContent = text;
  element('messages').append(item);
  item.scrollIntoView({ block: 'nearest' });
  return item;
}

/** @param {boolean} isRunning */
function setRunning(isRunning) {
  element('send').disabled = isRunning;
  element('stop-chat').disabled = !isRunning;
}
