import { playAsMicrophone, recordMicrophone } from './audio-sources.js';
import { apiKey, element, say } from './server.js';

/**
 * @typedef {import('../src/transcription/events.js').FinalTranscript} FinalTranscript
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
  socket.on('transcript:final', addCaption);
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
    setListening(false);
    if (state.dataset.kind !== 'error') say(state, 'Done');
  });
  socket.on('disconnect', () => {
    stopSource?.();
    setListening(false);
    say(state, 'The connection was lost', 'error');
  });
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
  try {
    const started = await socket
      .timeout(15_000)
      .emitWithAck('session:start', { v: 1, format: source.format, language: source.language });
    if (!started.ok) throw new Error(started.message);
    let seq = 0;
    const stop = await source.start(
      (bytes) =>
        socket.emit('audio', { seq: ++seq }, bytes, (/** @type {any} */ ack) => {
          if (!ack.ok) say(state, ack.message, 'error');
        }),
      () => socket.emit('session:end', { lastSeq: seq }, () => undefined),
    );
    stopSource = () => {
      stopSource = undefined;
      stop();
    };
    say(state, 'Listening …');
  } catch (error) {
    say(state, /** @type {Error} */ (error).message, 'error');
    socket.emit('session:end', {}, () => undefined);
    setListening(false);
  }
}

/** @param {FinalTranscript} final */
function addCaption(final) {
  const line = document.createElement('li');
  const time = document.createElement('time');
  time.textContent = `${(final.start / SAMPLE_RATE).toFixed(1)} s`;
  line.append(time, final.text);
  element('captions').append(line);
  line.scrollIntoView({ block: 'nearest' });
}

/** @param {boolean} isListening */
function setListening(isListening) {
  element('play-sample').disabled = isListening;
  element('use-microphone').disabled = isListening;
  element('stop-captions').disabled = !isListening;
}
