import { playAsMicrophone, recordMicrophone } from './audio-sources.js';
import { languageName, offerLanguages } from './languages.js';
import { LiveSession } from './live-session.js';
import { apiKey, element, say, UNREACHABLE } from './server.js';

/**
 * @typedef {import('../src/transcription/events.js').FinalTranscript} FinalTranscript
 * @typedef {import('../src/transcription/events.js').InterimTranscript} InterimTranscript
 * @typedef {import('../src/transcription/events.js').SessionStart['format']} Format
 * @typedef {import('../src/common/errors/error-body.js').SocketErrorBody} SocketErrorBody
 * @typedef {{ format: Format, start(onChunk: (bytes: ArrayBuffer) => void, onEnd: () => void): Promise<() => void> }} AudioSource
 * @typedef {{ sessionId?: string }} OfSession
 */

const SAMPLE_RATE = 16_000;
const RETRY_MS = 1_000;
/** Human voices, for those without a microphone. */
const SAMPLES = [
  { file: 'jfk.wav', title: 'J. F. Kennedy, 11 s' },
  { file: 'austen-0870.wav', title: 'Jane Austen, read aloud, 7 s' },
  { file: 'dictee.fr.wav', title: 'Français, 3 s' },
];

/** @type {(() => void) | undefined} ends the source of the running session */
let stopSource;
/** @type {LiveSession | undefined} */
let session;
let isAvailable = true;

/** @param {() => void} askForKey */
export function startCaptions(askForKey) {
  element('sample').replaceChildren(...SAMPLES.map(({ file, title }) => new Option(title, file)));
  offerLanguages(element('language'));
  // Without chat and transcription the server has no sockets.
  if (!('io' in globalThis)) return captionsAreAvailable(false);
  const socket = /** @type {any} */ (globalThis).io({ auth: { token: apiKey() } });
  const state = element('captions-state');
  element('play-sample').addEventListener(
    'click',
    () => void listen(socket, playAsMicrophone(`/samples/${element('sample').value}`)),
  );
  element('use-microphone').addEventListener('click', () => void listen(socket, recordMicrophone()));
  element('stop-captions').addEventListener('click', () => stopSource?.());

  socket.on('connect_error', (/** @type {Error & { data?: { code: string } }} */ error) => {
    if (error.data?.code === 'unauthorized') askForKey();
    say(state, error.data ? error.message : `${UNREACHABLE} Trying again …`, 'error');
  });
  socket.on('disconnect', () => {
    say(state, session ? 'The connection was lost; coming back …' : UNREACHABLE, 'error');
  });
  socket.on('connect', () => {
    if (session) void comeBack(socket, session);
    else if (state.dataset.kind === 'error') say(state, 'Not listening');
  });

  /**
   * Events of sessions that were left are passed over.
   *
   * @param {string} name
   * @param {(event: any, current: LiveSession) => void} show
   */
  const on = (name, show) =>
    socket.on(name, (/** @type {OfSession} */ event) => {
      if (session?.isOwn(event)) show(event, session);
    });
  on('transcript:final', (/** @type {FinalTranscript} */ final, current) => {
    if (current.isNew(final)) addCaption(final, current.offset);
  });
  on('transcript:interim', showInterim);
  on('session:queued', (/** @type {{ position: number }} */ place) =>
    say(state, `All speech engines are busy; place ${place.position} in the queue …`),
  );
  on('speech', (/** @type {{ state: string }} */ speech) =>
    say(state, speech.state === 'start' ? 'Hearing speech …' : 'Listening …'),
  );
  on('session:state', (/** @type {{ state: string }} */ event) =>
    say(state, event.state === 'failover' ? 'The speech engine was lost; finding another …' : 'Listening …'),
  );
  on('session:error', (/** @type {SocketErrorBody} */ error, current) => {
    say(state, error.message, 'error');
    if (error.code === 'shutting_down') current.leave();
    else stopSource?.();
  });
  on('session:done', (_event, current) => {
    // A server that goes away ends its sessions; the recording goes on at the next one.
    if (stopSource && !current.isEnding) return current.leave();
    session = undefined;
    hideInterim();
    setListening(false);
    if (state.dataset.kind !== 'error') say(state, 'Done');
  });
}

/**
 * @param {boolean} available whether the server can transcribe at all
 * @param {{ languages?: unknown, translates?: unknown }} [can] what its model can do, once it is loaded
 */
export function captionsAreAvailable(available, { languages, translates } = {}) {
  isAvailable = available;
  if (typeof languages === 'string') offerLanguages(element('language'), languages);
  if (typeof translates === 'boolean') {
    element('translate-option').hidden = !translates;
    element('translate').checked &&= translates;
  }
  setListening(session !== undefined);
}

/**
 * After a lost connection: goes on where the server stopped hearing, as soon as it can.
 *
 * @param {any} socket
 * @param {LiveSession} current
 */
async function comeBack(socket, current) {
  if (!current.isStarted) return;
  const state = element('captions-state');
  while (socket.connected && session === current) {
    try {
      await current.comeBack();
      say(state, 'Listening …');
      return;
    } catch (error) {
      const { message, retryable } = /** @type {SocketErrorBody} */ (error);
      say(state, message, 'error');
      // A connection that is lost again comes back by itself; an engine may still be starting.
      if (!retryable && socket.connected) return giveUp();
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function giveUp() {
  session = undefined;
  stopSource?.();
  hideInterim();
  setListening(false);
}

/**
 * @param {any} socket
 * @param {AudioSource} source
 */
async function listen(socket, source) {
  const state = element('captions-state');
  element('captions').replaceChildren();
  element('captions-language').textContent = '';
  setListening(true);
  say(state, 'Starting …');
  const current = new LiveSession(
    socket,
    (message) => say(state, message, 'error'),
    () => stopSource?.(),
  );
  session = current;
  try {
    const language = element('language').value;
    const task = element('translate').checked ? 'translate' : 'transcribe';
    await current.start({ v: 1, format: source.format, language, task, interim: true });
    const stop = await source.start(
      (bytes) => current.send(bytes),
      () => {
        stopSource = undefined;
        current.end();
      },
    );
    stopSource = () => {
      stopSource = undefined;
      stop();
    };
    say(state, 'Listening …');
  } catch (error) {
    say(state, /** @type {Error} */ (error).message, 'error');
    current.end();
    session = undefined;
    setListening(false);
  }
}

/**
 * @param {FinalTranscript} final
 * @param {number} offset samples before the session's own
 */
function addCaption(final, offset) {
  hideInterim();
  const time = document.createElement('time');
  time.textContent = `${((offset + final.start) / SAMPLE_RATE).toFixed(1)} s`;
  if (element('language').value === 'auto')
    element('captions-language').textContent = `Detected: ${languageName(final.language)}`;
  showLine(final.language, time, final.text);
}

/** @param {InterimTranscript} interim the open utterance: what is stable stands out from what may still change */
function showInterim({ text, stable, language }) {
  hideInterim();
  const sure = document.createElement('strong');
  sure.textContent = text.slice(0, stable);
  showLine(language, sure, text.slice(stable)).className = 'interim';
}

/**
 * @param {string} language for screen readers and fonts
 * @param {(Node | string)[]} content
 */
function showLine(language, ...content) {
  const line = document.createElement('li');
  line.lang = element('translate').checked ? 'en' : language;
  line.append(...content);
  element('captions').append(line);
  line.scrollIntoView({ block: 'nearest' });
  return line;
}

function hideInterim() {
  element('captions').querySelector('.interim')?.remove();
}

/** @param {boolean} isListening */
function setListening(isListening) {
  const focused = document.activeElement;
  const buttons = ['play-sample', 'use-microphone', 'stop-captions'].map(element);
  const [play, microphone, stop] = buttons;
  play.disabled = isListening || !isAvailable;
  microphone.disabled = isListening || !isAvailable;
  // What the running session was started with.
  element('language').disabled = isListening;
  element('translate').disabled = isListening;
  stop.disabled = !isListening;
  // A button that switches itself off would leave the keyboard nowhere.
  if (buttons.includes(focused) && /** @type {HTMLButtonElement} */ (focused).disabled)
    (isListening ? stop : microphone).focus();
}
