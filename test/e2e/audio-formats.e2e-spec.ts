import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { SessionStart } from '../../src/transcription/events.js';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { ffmpeg, itWithFfmpeg } from '../support/audio/ffmpeg.js';
import { recorderChunkSizes } from '../support/audio/fixtures.js';
import { opusPackets } from '../support/audio/opus-packets.js';
import { cutsOf } from '../support/audio/random-cuts.js';
import { FIREFOX_LAYOUT, writeWebm } from '../support/audio/webm-writer.js';
import { recording, sample, transcriptOf } from '../support/samples.js';
import { CaptionClient, chunksOf } from '../support/socket-client.js';
import type { RunningApp } from '../support/start-app.js';
import { startTestWorker } from '../support/start-test-worker.js';
import { startTranscription } from '../support/start-transcription.js';
import { SIXTY_WORDS } from '../support/sixty-words.js';

type Format = NonNullable<SessionStart['format']>;

const CLIP = 'three-sentences.wav';
const CLIP_MS = 5_010;
/** What recorders are usually told to give. */
const TIMESLICE_MS = 250;
const TEXT = transcriptOf(CLIP);
const WAV_SIZE_AT = 40;
const RIFF_SIZE_AT = 4;

/** The clip as ffmpeg writes it. */
const coded = (args: string): Buffer => ffmpeg(sample(CLIP), args.split(' '));

/** @param unitBytes what no slice ends within */
function sliced(bytes: Buffer, unitBytes = 1): Uint8Array[] {
  return chunksOf(bytes, unitBytes * Math.ceil((bytes.length * TIMESLICE_MS) / CLIP_MS / unitBytes));
}

function firefoxLike(): Buffer {
  const { head, packets } = opusPackets('three-sentences.live.webm');
  return writeWebm(packets, head, FIREFOX_LAYOUT);
}

/** As phones save it. */
function phoneRecording(): Buffer {
  return fileOf('-ar 44100 -c:a aac -b:a 48k -f ipod');
}

/** What is written only to a file that can be gone back in. */
function fileOf(args: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'phone-'));
  const file = join(folder, 'recording');
  coded(`${args} ${file} -f null`);
  const bytes = readFileSync(file);
  rmSync(folder, { recursive: true });
  return bytes;
}

function wavWithSize(size: number): Buffer {
  const wav = Buffer.from(sample(CLIP));
  wav.writeUInt32LE(size, RIFF_SIZE_AT);
  wav.writeUInt32LE(size, WAV_SIZE_AT);
  return wav;
}

describe('live transcription of every format', () => {
  let worker: Worker;
  let running: RunningApp;
  const clients: CaptionClient[] = [];

  beforeAll(async () => {
    worker = await startTestWorker({ WHISPER_MODEL: SIXTY_WORDS });
    running = await startTranscription(worker, {
      TRANSCRIPTION_MAX_FFMPEG: '1',
    });
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  afterAll(async () => {
    await running.close();
    await worker.close();
  });

  function connect(): CaptionClient {
    const client = new CaptionClient(running.url);
    clients.push(client);
    return client;
  }

  /** Sends chunks as a recorder gives them. Tells the words, and what was durable once the first of them had come. */
  async function hear(
    chunks: readonly Uint8Array[],
    format: Format = { codec: 'auto' },
  ): Promise<{ text: string; durable: number }> {
    const client = connect();
    const heard = client.next('transcript:final');
    const done = client.next('session:done');
    await client.start({ format });
    for (const chunk of chunks) expect(await client.audio(chunk)).toMatchObject({ ok: true });
    await heard;
    const again = await client.ask('audio', { seq: chunks.length }, chunks.at(-1));
    await client.ask('session:end', { lastSeq: chunks.length });
    await done;
    return { text: client.text, durable: again['durable'] as number };
  }

  it('gets the words of a true Chromium recording', async () => {
    const bytes = recording('three-sentences.chromium.webm');
    const chunks = [...cutsOf(bytes, recorderChunkSizes('three-sentences.chromium'))];

    // Its one cluster ends with the recording, so nothing of it is durable before.
    expect(await hear(chunks)).toEqual({ text: TEXT, durable: expect.any(Number) });
  });

  it.each([
    ['WebM as Firefox writes it', firefoxLike()],
    ['WebM written to a pipe', recording('three-sentences.live.webm')],
    ['Ogg Opus', recording('three-sentences.ogg')],
    ['WAV', sample(CLIP)],
    ['WAV whose sizes are 0', wavWithSize(0)],
    ['WAV whose sizes are all ones', wavWithSize(0xffff_ffff)],
    ['WAV whose sizes are far too small', wavWithSize(1_000)],
  ])('gets the words of %s, and needs the first ones no more', async (_, bytes) => {
    const { text, durable } = await hear(sliced(bytes));

    expect(text).toBe(TEXT);
    expect(durable).toBeGreaterThan(0);
  });

  itWithFfmpeg.each([
    ['fragmented MP4 with AAC, as Safari records it', fragmented('aac -b:a 48k')],
    ['fragmented MP4 with Opus, as Chromium records it', fragmented('libopus -b:a 32k')],
    ['ADTS', '-ar 44100 -c:a aac -b:a 48k -f adts'],
    ['MP3', '-ar 44100 -c:a libmp3lame -b:a 48k -f mp3'],
    ['FLAC', '-c:a flac -f flac'],
  ])('gets the words of %s, and needs the first ones no more', async (_, args) => {
    const { text, durable } = await hear(sliced(coded(args)));

    expect(text).toBe(TEXT);
    expect(durable).toBeGreaterThan(0);
  });

  itWithFfmpeg('gets the words of an m4a with its index at the end, once it is complete', async () => {
    const bytes = phoneRecording();

    expect(bytes.indexOf('moov')).toBeGreaterThan(bytes.indexOf('mdat'));
    expect(await connect().transcribe(bytes, {}, 1_500)).toBe(TEXT);
  });

  itWithFfmpeg('gets the words of a true Chromium recording in MP4', async () => {
    const bytes = recording('ko-hello.chromium.mp4');

    expect(await connect().transcribe(bytes, { language: 'ko' })).toBe(transcriptOf('ko-hello.wav'));
  });

  itWithFfmpeg.each(
    (['s16le', 'f32le'] as const).flatMap((codec) =>
      [8_000, 16_000, 44_100, 48_000].map((sampleRate) => [codec, sampleRate] as const),
    ),
  )('gets the words of %s at %d Hz, and needs the first ones no more', async (codec, sampleRate) => {
    const bytes = coded(`-ar ${sampleRate} -f ${codec}`);

    const { text, durable } = await hear(sliced(bytes), { codec, sampleRate });

    expect(text).toBe(TEXT);
    expect(durable).toBeGreaterThan(0);
  });

  /** Leaves a server when the first words have come. Tells them, and what was durable then. */
  async function hearTheBeginning(chunks: readonly Uint8Array[]): Promise<{ text: string; durable: number }> {
    const client = connect();
    const heard = client.next('transcript:final');
    await client.start();
    for (const chunk of chunks) await client.audio(chunk);
    await heard;
    const { durable } = await client.ask('audio', { seq: chunks.length }, chunks.at(-1));
    const { text } = client;
    const done = client.next('session:done');
    await client.ask('session:end', {});
    await done;
    return { text, durable: durable as number };
  }

  const flac = (): Buffer => coded('-c:a flac -f flac');
  itWithFfmpeg.each<[codec: Format['codec'], write: () => Buffer, headerBytes: (bytes: Buffer) => number]>([
    ['wav', () => sample(CLIP), () => 44],
    ['ogg', () => recording('three-sentences.ogg'), (bytes) => bytes.indexOf('OggS', 60)],
    ['aac', () => coded('-ar 44100 -c:a aac -b:a 48k -f adts'), () => 0],
    ['mp3', () => coded('-ar 44100 -c:a libmp3lame -b:a 48k -f mp3'), () => 0],
    ['flac', flac, (bytes) => bytes.indexOf('fff8', 42, 'hex')],
  ])(
    'can be heard on by another server from what of %s is not durable',
    async (codec, write, headerBytes) => {
      const bytes = write();
      const header = bytes.subarray(0, headerBytes(bytes));
      // Nobody could tell where a sample of WAV begins, were its first half missing.
      const chunks = sliced(bytes, 2);

      const before = await hearTheBeginning(chunks.slice(0, chunks.length * 0.65));
      const after = await hear([Buffer.concat([header, ...chunks.slice(before.durable)])], { codec });

      expect(before.durable).toBeGreaterThan(0);
      expect(TEXT.slice(0, before.text.length)).toBe(before.text);
      // The end of what was heard already may be heard again, but no word is lost.
      expect(after.text).toMatch(new RegExp(`${TEXT.slice(before.text.length).trim()}$`));
    },
  );

  itWithFfmpeg(
    'ends a session with overloaded when all places for ffmpeg are taken, until one is free',
    async () => {
      const bytes = recording('ko-hello.aac');
      const [first, second] = [connect(), connect()];
      const speaks = first.next('speech');
      await first.start({ language: 'ko' });
      await first.audio(bytes);
      await speaks;
      const refused = second.next('session:error');
      await second.start({ language: 'ko' });
      await second.audio(bytes);

      expect(await refused).toMatchObject({
        code: 'overloaded',
        retryable: true,
        retryAfterMs: expect.any(Number),
      });
      const done = first.next('session:done');
      await first.ask('session:end', {});
      await done;
      expect(await second.transcribe(bytes, { language: 'ko' })).toBe(transcriptOf('ko-hello.wav'));
    },
  );

  it.each<[string, (index: number) => number]>([
    ['of a tenth', () => 3_277],
    ['of minus a third', () => -10_923],
    ['that drifts', (index) => 6_000 * Math.sin(index / 30_000)],
  ])('gets the words of a microphone with an offset %s', async (_, offset) => {
    const bytes = Buffer.from(sample(CLIP).subarray(44));
    for (let at = 0; at + 1 < bytes.length; at += 2)
      bytes.writeInt16LE(Math.round(bytes.readInt16LE(at) / 2 + offset(at / 2)), at);

    const { text } = await hear(sliced(bytes), { codec: 's16le', sampleRate: 16_000 });

    expect(text).toBe(TEXT);
  });

  itWithFfmpeg.each([
    ['CAF with ALAC, as iOS records it', '-c:a alac -f caf', true],
    ['AIFF', '-f aiff', true],
    ['WMA', '-c:a wmav2 -b:a 64k -f asf', false],
    ['MPEG-TS', '-c:a aac -b:a 64k -f mpegts', false],
    ['AC-3', '-ar 48000 -c:a ac3 -b:a 96k -f ac3', false],
  ] as const)('gets the words of %s', async (_, args, isFile) => {
    const bytes = isFile ? fileOf(args) : coded(args);

    expect(await connect().transcribe(bytes, {}, 4_000)).toBe(TEXT);
  });

  itWithFfmpeg.each([
    ['MP3', '-ar 44100 -c:a libmp3lame -b:a 48k -f mp3'],
    ['ADTS', '-ar 44100 -c:a aac -b:a 48k -f adts'],
    ['FLAC', '-c:a flac -f flac'],
  ])('hears %s behind a recording of WebM', async (_, args) => {
    const { text } = await hear(sliced(Buffer.concat([recording('three-sentences.live.webm'), coded(args)])));

    expect(text).toBe(`${TEXT} ${TEXT}`);
  });

  it('hears both recordings of a recorder that was started over in another format', async () => {
    const twice = Buffer.concat([recording('three-sentences.live.webm'), recording('three-sentences.ogg')]);

    const { text } = await hear(sliced(twice));

    expect(text).toBe(`${TEXT} ${TEXT}`);
  });
});

function fragmented(codec: string): string {
  return `-ar 48000 -c:a ${codec} -movflags empty_moov+default_base_moof -frag_duration 500000 -f mp4`;
}
