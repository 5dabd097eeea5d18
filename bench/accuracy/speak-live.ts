import { setTimeout as sleep } from 'node:timers/promises';
import { captionChange } from '../../src/whisper-worker/interim/caption-flicker.js';
import { createAudioDecoder } from '../../src/audio/create-audio-decoder.js';
import { joined } from '../../test/support/coded-speech.js';
import { Random } from '../../test/support/random.js';
import { toFloat } from '../../test/support/wav.js';
import { costOfTree } from '../process-figures.js';
import type { Clip } from './clips.js';
import { encode, WEBM } from './codecs.js';
import { textOf, type LiveServer, type Screen } from './live-server.js';
import { endOfSpeech, roomNoise } from './noise.js';
import { bytesOf, SAMPLE_RATE } from './run-ffmpeg.js';
import { scoreOf, type Score } from './score.js';

/** What a careful client sends. */
const CHUNK_SAMPLES = SAMPLE_RATE / 4;
/** A quiet room behind the clip, until the words are final and have stayed so. */
const MOST_TAIL_SECONDS = 15;
const LEAST_TAIL_SECONDS = 2;
const CALM_MS = 1_500;
/** How finely a recording is cut to find what there is when. */
const PIECE_BYTES = 32;

export interface LiveFigures {
  score: Score;
  texts: string[];
  /** From the end of the last word to the last of the final text, of the clips whose text became final by itself. */
  finalMs: number[];
  /** From the end of the last word until the text, final or not, did not change any more. */
  settledMs: number[];
  /** Clips with text that became final only because the stream ended, or not at all. */
  unfinished: number;
  emitted: number;
  retracted: number;
  cpuMsPerAudioSecond: number;
  /** The most after any clip. */
  residentBytes: number;
}

interface Feed {
  chunks: Uint8Array[];
  /** Samples that are heard once a chunk is sent. */
  heard: number[];
}

/** Speaks the clips to a server one after the other, each in a session of its own, at the speed of speech. */
export async function speakLive(
  server: LiveServer,
  clips: readonly Clip[],
  language: string,
  seed: number,
): Promise<LiveFigures> {
  const figures: Omit<LiveFigures, 'score' | 'cpuMsPerAudioSecond'> = {
    texts: [],
    finalMs: [],
    settledMs: [],
    unfinished: 0,
    emitted: 0,
    retracted: 0,
    residentBytes: 0,
  };
  let audioSeconds = 0;
  const before = costOfTree(server.pid).cpuSeconds;
  for (const clip of clips) {
    const spoken = await speak(server, clip, new Random(seed));
    audioSeconds += spoken.seconds;
    figures.texts.push(spoken.text);
    figures.settledMs.push(spoken.settledMs);
    if (spoken.finalMs === undefined) figures.unfinished += 1;
    else figures.finalMs.push(spoken.finalMs);
    figures.emitted += spoken.emitted;
    figures.retracted += spoken.retracted;
    figures.residentBytes = Math.max(figures.residentBytes, costOfTree(server.pid).residentBytes);
  }
  const cpuSeconds = costOfTree(server.pid).cpuSeconds - before;
  return {
    ...figures,
    score: scoreOf(clips, figures.texts, language),
    cpuMsPerAudioSecond: (cpuSeconds / audioSeconds) * 1_000,
  };
}

async function speak(server: LiveServer, clip: Clip, random: Random) {
  const tail = roomNoise(MOST_TAIL_SECONDS * SAMPLE_RATE, random);
  const feed = await feedOf(joined([clip.samples, tail]), server.format);
  let screen: Screen = { committed: '', open: '' };
  let [changedAt, committedAt] = [0, 0];
  const change = { emitted: 0, retracted: 0 };
  const session = await server.open((next) => {
    const { emitted, retracted } = captionChange(textOf(screen), textOf(next));
    change.emitted += emitted;
    change.retracted += retracted;
    const now = performance.now();
    if (emitted + retracted > 0) changedAt = now;
    if (next.committed !== screen.committed) committedAt = now;
    screen = next;
  });
  const startedAt = performance.now();
  let heard = 0;
  for (const [index, chunk] of feed.chunks.entries()) {
    heard = feed.heard[index]!;
    await sleep(Math.max(0, startedAt + (heard * 1_000) / SAMPLE_RATE - performance.now()));
    const isCalm = screen.committed !== '' && screen.open === '' && performance.now() - changedAt > CALM_MS;
    if (isCalm && heard > clip.samples.length + LEAST_TAIL_SECONDS * SAMPLE_RATE) break;
    session.write(chunk);
  }
  const isFinal = screen.committed !== '' && screen.open === '';
  const [finalAt, settledAt] = [committedAt, changedAt];
  await session.end();
  const isSame = committedAt === finalAt;
  const endedAt = startedAt + (endOfSpeech(clip.samples) * 1_000) / SAMPLE_RATE;
  return {
    ...change,
    text: textOf(screen),
    seconds: heard / SAMPLE_RATE,
    settledMs: Math.max(0, settledAt - endedAt),
    finalMs: isFinal && isSame ? finalAt - endedAt : undefined,
  };
}

async function feedOf(samples: Int16Array, format: LiveServer['format']): Promise<Feed> {
  if (format === 'webm') return recorded(samples);
  const chunks: Uint8Array[] = [];
  const heard: number[] = [];
  for (let at = 0; at < samples.length; at += CHUNK_SAMPLES) {
    const part = samples.slice(at, at + CHUNK_SAMPLES);
    chunks.push(format === 's16le' ? bytesOf(part) : new Uint8Array(toFloat(part).buffer));
    heard.push(Math.min(at + CHUNK_SAMPLES, samples.length));
  }
  return { chunks, heard };
}

/** As a browser's recorder gives it: each quarter of a second what there is by then. */
async function recorded(samples: Int16Array): Promise<Feed> {
  const bytes = encode(samples, WEBM);
  const feed: Feed = { chunks: [], heard: [] };
  let [total, from] = [0, 0];
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      yield bytes.subarray(at, at + PIECE_BYTES);
      const isLast = at + PIECE_BYTES >= bytes.length;
      if (!isLast && total < (feed.chunks.length + 1) * CHUNK_SAMPLES) continue;
      feed.chunks.push(bytes.subarray(from, at + PIECE_BYTES));
      feed.heard.push(total);
      from = at + PIECE_BYTES;
    }
  }
  for await (const block of createAudioDecoder({ codec: 'webm' }).decode(pieces())) total += block.length;
  return feed;
}
