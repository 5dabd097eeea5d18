import { decodeAll } from './decode-all.js';
import { recording, sampleWav } from './fixtures.js';
import { evenCuts } from './random-cuts.js';

/** What a decoder may add to or lack of one recording at its ends: frames of AC-3 and WMA are the longest. */
export const EDGE_SAMPLES = 1_600;

/** Made by ffmpeg 7.0 of samples/what-is-the-time.wav. */
export const BY_FFMPEG = [
  ['CAF with ALAC, as iOS records it, its table at the end', 'time.alac.caf'],
  ['CAF with mu-law', 'time.mulaw.caf'],
  ['AIFC', 'time.aifc'],
  ['W64', 'time.mulaw.w64'],
  ['AU', 'time.au'],
  ['AC-3', 'time.ac3'],
  ['E-AC-3', 'time.eac3'],
  ['WMA', 'time.wma'],
  ['MPEG-TS', 'time.mpegts'],
  ['AMR', 'time.amr'],
] as const;

const id3 = (bytes: number): Buffer =>
  Buffer.concat([
    Buffer.from([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, bytes >> 7, bytes & 127]),
    Buffer.alloc(bytes, 0xff),
  ]);

/** Of each kind of recording one, whole. */
export const KINDS: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['WebM', recording('ko-hello.live.webm')],
  ['Ogg', recording('ko-hello.ogg')],
  ['WAV', sampleWav('hello-world')],
  ['endless WAV', endless(sampleWav('hello-world'))],
  ['fragmented MP4', recording('ko-hello.fragmented.mp4')],
  ['M4A', recording('ko-hello.m4a')],
  ['ADTS', recording('ko-hello.aac')],
  ['ADTS with a tag', Buffer.concat([id3(900), recording('ko-hello.aac')])],
  ['MP3', recording('ko-hello.mp3')],
  ['MP3 with a tag', Buffer.concat([id3(9_000), recording('ko-hello.mp3')])],
  ['MP3 without a first frame of facts', bareMp3(recording('ko-hello.mp3'))],
  ['FLAC', recording('ko-hello.flac')],
  ...BY_FFMPEG.map(([name, file]) => [name, recording(file)] as const),
];

function endless(wav: Buffer): Buffer {
  const bytes = Buffer.from(wav);
  bytes.writeUInt32LE(0xffff_ffff, 40);
  return bytes;
}

/** As another one goes on whose beginning was cut off: from the third frame. */
function bareMp3(bytes: Buffer): Buffer {
  let at = bytes.indexOf('fffb', 0, 'hex');
  for (let frames = 0; frames < 2; frames++) at = bytes.indexOf('fffb', at + 100, 'hex');
  return bytes.subarray(at);
}

const lengths = new Map<Buffer, number>();

async function alone(bytes: Buffer): Promise<number> {
  const known = lengths.get(bytes) ?? (await decodeAll([bytes])).length;
  lengths.set(bytes, known);
  return known;
}

/** Which of the second recordings are not heard as a whole behind the first one, in the same session. */
export async function lostBehind(first: Buffer, seconds: typeof KINDS): Promise<string[]> {
  const lost: string[] = [];
  for (const [name, second] of seconds) {
    const both = (await decodeAll(evenCuts(Buffer.concat([first, second]), 3_000))).length;
    const difference = both - (await alone(first)) - (await alone(second));
    if (Math.abs(difference) > 2 * EDGE_SAMPLES) lost.push(`${name}: ${difference} samples`);
  }
  return lost;
}
