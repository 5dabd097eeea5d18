import { expect } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { OpenStreams } from '../../src/common/streams/open-streams.js';
import { SpeechFlights } from '../../src/tts/flights/speech-flights.js';
import { bytesOf, postJson } from './ask-speech.js';
import { mp3With } from './audio-bodies.js';
import { FakeOpenAiSpeech, type UpstreamCall } from './fake-openai-speech.js';
import { program } from './programs.js';
import { Random } from './random.js';
import type { RunningApp } from './start-app.js';
import { startSpeech } from './start-speech.js';
import { temporaryFolder } from './temporary-folder.js';
import { waitFor } from './wait-for.js';

/** A second judge of what a complete body is, where the machine has it. */
const CURL = program('curl');

/** The proofs of speech, as long as wanted: short in `npm test`, long in `npm run soak`. */

export interface ProofSetting {
  upstream: FakeOpenAiSpeech;
  app: RunningApp;
  random: Random;
}

/** Runs a proof in front of a fresh server and service. */
export async function withProofSetting(
  seed: number,
  prove: (setting: ProofSetting) => Promise<void>,
  overrides: Record<string, string> = {},
): Promise<void> {
  const upstream = await FakeOpenAiSpeech.start();
  const folder = await temporaryFolder();
  const app = await startSpeech(upstream, {
    TTS_MAX_CONCURRENT: '500',
    TTS_DIR: folder.path,
    TTS_CACHE_BYTES: '100000000',
    SHUTDOWN_GRACE_MS: '100',
    ...overrides,
  });
  try {
    await prove({ upstream, app, random: new Random(seed) });
  } finally {
    await app.close();
    await upstream.close();
    await folder.remove();
  }
}

/** Bodies of any bytes, length and chunking, with stalls in between, arrive as they were sent: new, joined and kept. */
export async function proveIdentity({ upstream, app, random }: ProofSetting, bodies: number): Promise<void> {
  const files = new Map<string, Buffer>();
  upstream.script = async (call) => {
    const file = files.get(call.body['input'] as string)!;
    call.response.writeHead(200, { 'Content-Type': 'audio/mpeg' });
    for (const chunk of cuts(file, random)) {
      await write(call, chunk);
      // A turn of the event loop, so that this chunk is read before the next one is there.
      for (let turns = random.below(4); turns > 0; turns--) await new Promise(setImmediate);
    }
    call.response.end();
  };
  for (let count = 0; count < bodies; count++) {
    const input = `text ${count}`;
    files.set(input, mp3With(random.bytes(1 + random.below(random.below(10) === 0 ? 400_000 : 8_000))));
    const ask = (): Promise<Buffer> => postJson(`${app.url}/tts`, { input }).then(bytesOf);
    const listeners = 1 + random.below(3);

    const heard = await Promise.all(Array.from({ length: listeners }, ask));
    heard.push(await ask());

    for (const file of heard) expect(file.equals(files.get(input)!)).toBe(true);
    files.delete(input);
  }
  // Each text was paid for once, whoever listened and however often it was asked for again.
  expect(upstream.calls).toHaveLength(bodies);
}

/** A service that is cut anywhere never leaves a body that looks complete, neither to fetch nor to curl. */
export async function proveCuts({ upstream, app, random }: ProofSetting, times: number): Promise<void> {
  for (let count = 0; count < times; count++) {
    const file = mp3With(random.bytes(1 + random.below(50_000)));
    const length = random.below(file.length);
    upstream.script = async (call) => {
      call.response.writeHead(200, {
        'Content-Type': 'audio/mpeg',
        ...(random.below(2) === 0 && { 'Content-Length': file.length }),
      });
      call.response.flushHeaders();
      for (const chunk of cuts(file.subarray(0, length), random)) await write(call, chunk);
      call.response.destroy();
    };
    const input = `cut ${count}`;
    const outcome = await postJson(`${app.url}/tts`, { input }).then(async (response) =>
      response.ok
        ? bytesOf(response).then(
            () => 'complete',
            () => 'cut',
          )
        : 'refused',
    );
    expect(['cut', 'refused']).toContain(outcome);

    if (CURL !== undefined) expect(await curl(CURL, `${app.url}/tts`, { input })).not.toBe(0);
  }
}

/** Listeners that leave whenever they like leave nothing behind: no call, no memory, no stream. */
export async function proveLeaving(
  { upstream, app, random }: ProofSetting,
  listeners: number,
): Promise<void> {
  const samples = random.bytes(4_096);
  const file = mp3With(samples);
  upstream.script = async (call) => {
    for (let turns = random.below(30); turns > 0; turns--) await new Promise(setImmediate);
    if (call.response.destroyed) return;
    call.response.writeHead(200, { 'Content-Type': 'audio/mpeg' });
    while (!call.response.destroyed) {
      await write(call, call.body['response_format'] === 'pcm' ? samples : file);
      await new Promise(setImmediate);
    }
  };
  await Promise.all(
    Array.from({ length: listeners }, async (_, index) => {
      const leaver = new AbortController();
      const format = random.below(4) === 0 ? 'opus' : 'mp3';
      const listening = postJson(
        `${app.url}/tts`,
        // Some share a text, some do not.
        { input: `text ${random.below(2) === 0 ? 0 : index}`, format },
        { signal: leaver.signal },
      ).then((response) => bytesOf(response).then(() => 'heard to the end'));
      const outcome = listening.catch(() => 'left');
      for (let turns = random.below(100); turns > 0; turns--) await new Promise(setImmediate);
      leaver.abort();
      expect(await outcome).toBe('left');
    }),
  );
  const streams = app.app.get(OpenStreams);
  const flights = app.app.get(SpeechFlights);
  await waitFor(
    () => streams.size === 0 && flights.size === 0 && flights.heldBytes === 0,
    'streams and speeches to be over',
  );
  await Promise.all(upstream.calls.map(({ ended }) => ended));

  expect(upstream.openCalls).toBe(0);
}

function* cuts(file: Buffer, random: Random): Generator<Buffer> {
  const most = 1 + random.below(file.length + 1);
  for (let start = 0; start < file.length;) {
    const end = start + 1 + random.below(most);
    yield file.subarray(start, end);
    start = end;
  }
}

async function write(call: UpstreamCall, chunk: Uint8Array): Promise<void> {
  if (call.response.destroyed) return;
  await new Promise<void>((resolve) => {
    call.response.write(chunk, () => resolve());
  });
}

/** The exit code of curl: 0 only when it takes the body for complete and the status for a success. */
async function curl(path: string, url: string, body: object): Promise<number | null> {
  const options = [
    '--silent',
    '--fail',
    '--output',
    '/dev/null',
    '--header',
    'Content-Type: application/json',
  ];
  const child = spawn(path, [...options, '--data', JSON.stringify(body), url], { stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}
