/**
 * `npm run smoke`: starts the built product on a free port and uses it as its three kinds of clients do. What it prints is what
 * the product said; the exit code says whether all of it was right.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventSource } from 'eventsource';
import { io, type Socket } from 'socket.io-client';
import type {
  AudioReceived,
  ClientToServerEvents,
  ServerToClientEvents,
  SessionStart,
  SessionStarted,
} from '../src/transcription/events.js';
import { startProduct, type RunningProcess } from './start-product.js';

type Client = Socket<ServerToClientEvents, ClientToServerEvents>;

const DEADLINE_MS = 60_000;
const SPOKEN = 'Good morning, and welcome to the conference.';
const WAV_CHUNK_BYTES = 8_000;
const WEBM_CHUNK_BYTES = 1_500;

let failures = 0;

function report(what: string, got: string, expected: string): void {
  const isRight = got === expected;
  if (!isRight) failures += 1;
  console.log(`${isRight ? 'ok  ' : 'FAIL'} ${what}: ${got}${isRight ? '' : `   (expected: ${expected})`}`);
}

/** Captions are right when their words are: a model sets commas and capitals as it likes. */
function reportWords(what: string, heard: string, said: string): void {
  report(what, heard, wordsOf(heard).join(' ') === wordsOf(said).join(' ') ? heard : said);
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** What is said in a clip of human speech. */
function saidIn(clip: string): string {
  const references = JSON.parse(readFileSync('test/fixtures/speech/references.json', 'utf8')) as Record<
    string,
    string
  >;
  return references[clip]!;
}

function chunksOf(bytes: Uint8Array, sizeBytes: number): Uint8Array[] {
  const count = Math.ceil(bytes.length / sizeBytes);
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * sizeBytes, (index + 1) * sizeBytes),
  );
}

/** Connects, runs one session and gives the captions that came until it was done. */
async function captions(
  url: string,
  use: (client: Client, done: Promise<void>) => Promise<void>,
): Promise<string> {
  const client: Client = io(url, { transports: ['websocket'], reconnection: false });
  const texts: string[] = [];
  client.on('transcript:final', ({ text }) => texts.push(text));
  client.on('transitionResult', (text) => texts.push(text));
  const done = new Promise<void>((resolve, reject) => {
    client.on('session:done', () => resolve());
    client.on('session:error', ({ code, message }) => reject(new Error(`${code}: ${message}`)));
    client.on('connect_error', reject);
  });
  done.catch(() => undefined);
  try {
    await Promise.race([use(client, done), overdue('captions')]);
    return texts.join(' ');
  } finally {
    client.close();
  }
}

/** A typed client: starts a session, sends numbered chunks, ends it. */
async function typedSession(url: string, bytes: Uint8Array, start: SessionStart): Promise<string> {
  return captions(url, async (client, done) => {
    const started = (await client.emitWithAck('session:start', start)) as { ok: boolean } & SessionStarted;
    if (!started.ok) throw new Error(`session:start was refused: ${JSON.stringify(started)}`);
    for (const [index, chunk] of chunksOf(bytes, WAV_CHUNK_BYTES).entries()) {
      const ack = (await client.emitWithAck('audio', { seq: index + 1 }, chunk)) as {
        ok: boolean;
      } & AudioReceived;
      if (!ack.ok) throw new Error(`audio was refused: ${JSON.stringify(ack)}`);
    }
    await client.emitWithAck('session:end', {});
    await done;
  });
}

/** An original client: recorder chunks as base64 text, nothing else; it is done when its words have come. */
async function originalSession(url: string, bytes: Uint8Array, words: number): Promise<string> {
  return captions(url, async (client) => {
    let heard = 0;
    const complete = new Promise<void>((resolve) => {
      client.on('transitionResult', (text) => {
        heard += wordsOf(text).length;
        if (heard >= words) resolve();
      });
    });
    for (const chunk of chunksOf(bytes, WEBM_CHUNK_BYTES)) {
      client.emit('transcription', Buffer.from(chunk).toString('base64'));
    }
    await complete;
  });
}

/** A browser: EventSource on `GET /chat`. */
async function chat(url: string, text: string): Promise<{ answer: string; ending: string }> {
  const source = new EventSource(`${url}/chat?text=${encodeURIComponent(text)}`);
  let answer = '';
  source.addEventListener('delta', ({ data }) => {
    answer += (JSON.parse(String(data)) as { text: string }).text;
  });
  try {
    const ended = new Promise<string>((resolve) => {
      for (const ending of ['done', 'failed', 'cancelled'])
        source.addEventListener(ending, () => resolve(ending));
    });
    return { ending: await Promise.race([ended, overdue('chat')]), answer };
  } finally {
    source.close();
  }
}

async function speak(url: string, format: string): Promise<Uint8Array> {
  const response = await fetch(`${url}/tts`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ input: SPOKEN, format }),
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  if (!response.ok) throw new Error(`POST /tts answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function overdue(what: string): Promise<never> {
  await sleep(DEADLINE_MS, undefined, { ref: false });
  throw new Error(`${what} took longer than ${DEADLINE_MS} ms`);
}

async function smoke({ url }: RunningProcess): Promise<void> {
  const said = saidIn('jfk.wav');
  const wav = readFileSync('samples/jfk.wav');
  reportWords('captions of jfk.wav', await typedSession(url, wav, { v: 1, language: 'en' }), said);

  const webm = readFileSync('test/fixtures/speech/recordings/jfk.webm');
  reportWords(
    'captions of a WebM/Opus recorder',
    await originalSession(url, webm, wordsOf(said).length),
    said,
  );

  const french = readFileSync('test/fixtures/speech/other-languages/dictee.fr.wav');
  reportWords(
    'captions in a language that is detected',
    await typedSession(url, french, { v: 1, language: 'auto' }),
    "Et c'est la dictée numéro 1.",
  );

  const { answer, ending } = await chat(url, 'Good morning');
  console.log(`     chat said: ${answer}`);
  report('chat by EventSource ended', answer === '' ? 'without an answer' : ending, 'done');

  const mp3 = await speak(url, 'mp3');
  report(
    'speech is MP3',
    Buffer.from(mp3.subarray(0, 2)).readUInt16BE() >= 0xffe0 ||
      Buffer.from(mp3.subarray(0, 3)).toString() === 'ID3'
      ? 'yes'
      : 'no',
    'yes',
  );
  const spoken = await speak(url, 'wav');
  reportWords('speech, heard again', await typedSession(url, spoken, { v: 1, language: 'en' }), SPOKEN);
}

// With the builds of espeak and ffmpeg that npm supplies: its words are those of one voice, on every machine. And with the model that the
// product starts with, which is among the sources: no network is needed.
const product = await startProduct({ PATH: '', WHISPER_MODEL: 'whisper-base' });
try {
  console.log(`Parley runs at ${product.url}`);
  await smoke(product);
} catch (error) {
  failures += 1;
  console.error(`FAIL ${error instanceof Error ? error.message : String(error)}`);
} finally {
  const stoppedAt = Date.now();
  const exit = await product.stop();
  console.log(`     ended ${Date.now() - stoppedAt} ms after SIGTERM`);
  report('exit code after SIGTERM', String(exit), '0');
}
console.log(failures === 0 ? 'Everything held.' : `${failures} did not hold.`);
process.exit(failures === 0 ? 0 : 1);
