import { playAsMicrophone, recordMicrophone } from './audio-sources.js';
import { LiveSession } from './live-session.js';
import { apiKey, element, say } from './server.js';

/**
 * @typedef {import('../src/transcription/events.js').FinalTranscript} FinalTranscript
 * @typedef {import('../src/transcription/events.js').InterimTranscript} InterimTranscript
 * @typedef {import('../src/transcription/events.js').SessionStart['format']} Format
 * @typedef {{ format: Format, language: string, start(onChunk: (bytes: ArrayBuffer) => void, onEnd: () => void): Promise<() => void> }} AudioSource
 */

const SAMPLE_RATE = 16_000;
const SAMPLES = [
  { file: 'three-sentences.wav', title: 'English, 5 s', language: 'en' },
  { file: 'conversation-30s.wav', title: 'English, 26 s', language: 'en' },
  { file: 'ko-conversation-20s.wav', title: '한국어, 21 s', language: 'ko' },
];

/** @type {(() => void) | undefined} ends the source of the running session */
let stopSource;
/** @type {LiveSession | undefined} */
let session;

/** @param {() => void} askForKey */
export function startCaptions(askForKey) {
  const socket = /** @type {any} */ (globalThis).io({ auth: { token: apiKey() } });
  const state = element('captions-state');
  element('sample').replaceChildren(...SAMPLES.map(({ file, title }) => new Option(title, file)));
  element('play-sample').addEventListener('click', () => {
    const sample = SAMPLES.find(({ file }) => file === element('sample').value) ?? SAMPLES[0];
    if (sample) void listen(socket, playAsMicrophone(`/samples/${sample.file}`, sample.language));
  });
  element('use-microphone').addEventListener('click', () => void listen(socket, recordMicrophone('en')));
  element('stop-captions').addEventListener('click', () => stopSource?.());

  socket.on('connect_error', (/** @type {Error & { data?: { code: string } }} */ error) => {
    if (error.data?.code === 'unauthorized') askForKey();
    say(state, error.message, 'error');
  });
  socket.on('transcript:final', (/** @type {FinalTranscript} */ final) => {
    if (session?.isNew(final.eventId)) addCaption(final);
  });
  socket.on('transcript:interim', showInterim);
  socket.on('session:queued', (/** @type {{ position: number }} */ place) =>
    say(state, `All speech engines are busy; place ${place.position} in the queue …`),
  );
  socket.on('speech', (/** @type {{ state: string }} */ speech) =>
    say(state, speech.state === 'start' ? 'Hearing speech …' : 'Listening …'),
  );
  socket.on('session:state', (/** @type {{ state: string }} */ session) =>
    say(
      state,
      session.state === 'failover' ? 'The speech engine was lost; finding another …' : 'Listening …',
    ),
  );
  socket.on('session:error', (/** @type {Error} */ error) => {
    say(state, error.message, 'error');
    stopSource?.();
  });
  socket.on('session:done', () => {
    session = undefined;
    hideInterim();
    setListening(false);
    if (state.dataset.kind !== 'error') say(state, 'Done');
  });
  socket.on('disconnect', () => {
    if (session) say(state, 'The connection was lost; coming back …', 'error');
  });
  socket.on('connect', () => void comeBack());
}

/** After a lost connection: goes on where the server stopped hearing. */
async function comeBack() {
  if (!session?.isStarted) return;
  const state = element('captions-state');
  try {
    await session.resume();
    say(state, 'Listening …');
  } catch (error) {
    session = undefined;
    stopSource?.();
    hideInterim();
    setListening(false);
    say(state, /** @type {Error} */ (error).message, 'error');
  }
}

/**
 * @param {any} socket
 * @param {AudioSource} source
 */
async function listen(socket, source) {
  const state = element('captions-state');
  element('captions').replaceChildren();
  setListening(true);
  say(state, 'Starting …');
  const current = new LiveSession(socket, (message) => say(state, message, 'error'));
  session = current;
  try {
    await current.start({ v: 1, format: source.format, language: source.language, interim: true });
    const stop = await source.start(
      (bytes) => current.send(bytes),
      () => current.end(),
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

/** @param {FinalTranscript} final */
function addCaption(final) {
  hideInterim();
  const line = document.createElement('li');
  const time = document.createElement('time');
  time.textContent = `${(final.start / SAMPLE_RATE).toFixed(1)} s`;
  line.append(time, final.text);
  element('captions').append(line);
  line.scrollIntoView({ block: 'nearest' });
}

/** @param {InterimTranscript} interim the open utterance: what is stable stands out from what may still change */
function showInterim({ text, stable }) {
  hideInterim();
  const line = document.createElement('li');
  line.className = 'interim';
  const sure = document.createElement('strong');
  sure.textContent = text.slice(0, stable);
  line.append(sure, text.slice(stable));
  element('captions').append(line);
  line.scrollIntoView({ block: 'nearest' });
}

function hideInterim() {
  element('captions').querySelector('.interim')?.remove();
}

/** @param {boolean} isListening */
function setListening(isListening) {
  element('play-sample').disabled = isListening;
  element('use-microphone').disabled = isListening;
  element('stop-captions').disabled = !isListening;
}
