import { readEvents } from './event-stream.js';
import { call, element, post, say, ServerError } from './server.js';

/** @typedef {{ role: 'user' | 'assistant', content: string }} Message */

const RETRY_MS = 1_000;
const MAX_RETRIES = 30;
/** What is told again with each question: the end of a long talk. */
const MAX_MESSAGES = 40;
const MAX_HISTORY_CHARS = 40_000;

/** @type {Message[]} questions and their answers */
const history = [];

/** The answer that is being given. @type {{ left: AbortController, runId?: string } | undefined} */
let running;
let isAvailable = true;

export function startChat() {
  element('chat-form').addEventListener('submit', (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const text = element('chat-text').value.trim();
    if (text === '' || running) return;
    element('chat-text').value = '';
    void ask(text);
  });
  element('stop-chat').addEventListener('click', () => void stop());
}

/** @param {boolean} available whether the server has a model at all */
export function chatIsAvailable(available) {
  isAvailable = available;
  setRunning(running !== undefined);
}

/** @param {string} text */
async function ask(text) {
  const state = element('chat-state');
  const question = addMessage('user', text);
  const answer = addMessage('assistant', '');
  running = { left: new AbortController() };
  setRunning(true);
  say(state, '');
  try {
    say(state, await follow([...recent(), { role: 'user', content: text }], answer));
  } catch (error) {
    const wasStopped = running.left.signal.aborted;
    say(state, wasStopped ? 'Stopped' : /** @type {Error} */ (error).message, wasStopped ? 'info' : 'error');
  }
  const said = answer.textContent ?? '';
  if (said === '') {
    // No turn has taken place: an empty one would be refused with every later question.
    answer.remove();
    question.remove();
    if (element('chat-text').value === '') element('chat-text').value = text;
  } else history.push({ role: 'user', content: text }, { role: 'assistant', content: said });
  running = undefined;
  setRunning(false);
}

/** Really stops the generation; until its run is known, leaving does. */
async function stop() {
  const { left, runId } = running ?? {};
  if (runId === undefined) return left?.abort();
  try {
    await call(`/chat/runs/${runId}/cancel`, { method: 'POST' });
  } catch {
    left?.abort();
  }
}

/**
 * Asks, and comes back to the run when the connection is lost: a question is never asked twice.
 *
 * @param {Message[]} messages
 * @param {HTMLElement} answer
 * @returns {Promise<string>} what to say when it is over
 */
async function follow(messages, answer) {
  const { left } = /** @type {NonNullable<typeof running>} */ (running);
  const headers = { Accept: 'text/event-stream' };
  /** @type {{ last: string }} the place in the run: the id of the last event */
  const place = { last: '' };
  let response = await post('/chat', { messages }, { headers, signal: left.signal });
  for (let attempt = 0; attempt < MAX_RETRIES; attempt += 1) {
    try {
      if (response.status === 204) return '';
      const over = await readAnswer(response, answer, place);
      if (over !== undefined) return over;
    } catch (error) {
      if (error instanceof ServerError || left.signal.aborted) throw error;
    }
    if (place.last === '') break;
    say(element('chat-state'), 'The connection was lost; coming back …', 'error');
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    const [runId] = place.last.split(':');
    const resumed = { headers: { ...headers, 'Last-Event-ID': place.last }, signal: left.signal };
    response = await call(`/chat/runs/${runId}/events`, resumed).catch((error) => {
      // The run is gone; a server that cannot be reached may come back.
      if (error instanceof ServerError) throw error;
      return Response.error();
    });
  }
  throw new Error('The connection was lost before the answer was complete.');
}

/**
 * @param {Response} response
 * @param {HTMLElement} answer
 * @param {{ last: string }} place
 * @returns {Promise<string | undefined>} what to say when it is over; undefined when the connection was lost before
 */
async function readAnswer(response, answer, place) {
  let usage = '';
  for await (const { event, id, data } of readEvents(response)) {
    if (id !== '') place.last = id;
    if (event === 'run' && running) {
      running.runId = data.runId;
      say(element('chat-state'), '');
    }
    if (event === 'delta') show(answer, answer.textContent + data.text);
    if (event === 'snapshot') show(answer, data.text);
    if (event === 'usage') usage = ` · ${data.totalTokens} tokens${data.estimated ? ' (estimated)' : ''}`;
    if (event === 'done') return `First token after ${data.ttftMs} ms, ${data.durationMs} ms in all${usage}`;
    if (event === 'failed')
      throw new ServerError(data.message ?? data.error?.message ?? 'The answer failed.');
    if (event === 'cancelled') return 'Stopped';
  }
  return undefined;
}

/** The end of the talk, in whole turns. @returns {Message[]} */
function recent() {
  const told = history.slice(-MAX_MESSAGES);
  while (told.reduce((chars, { content }) => chars + content.length, 0) > MAX_HISTORY_CHARS)
    told.splice(0, 2);
  return told;
}

/**
 * Whoever has scrolled up to read is left there.
 *
 * @param {HTMLElement} answer
 * @param {string} text
 */
function show(answer, text) {
  const list = element('messages');
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  answer.textContent = text;
  if (isAtEnd) list.scrollTo(0, list.scrollHeight);
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
  const hadFocus = document.activeElement === element('stop-chat');
  element('send').disabled = isRunning || !isAvailable;
  element('stop-chat').disabled = !isRunning;
  if (hadFocus && !isRunning) element('chat-text').focus();
}
