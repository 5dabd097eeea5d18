import { DecodeFailedError, UnsupportedAudioError } from '../../common/errors/session-errors.js';
import { ByteWindow } from '../byte-window.js';
import type { DecoderLimits } from '../decoder-limits.js';
import type { SegmentDecoder } from '../recording/segment-decoder.js';
import { Workload } from '../workload.js';
import { PcmDecoder, type PcmEncoding, type PcmFormat } from './pcm-decoder.js';

const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
const FORMAT_EXTENSIBLE = 0xfffe;
const MAX_SAMPLE_RATE = 192_000;
const MIN_SAMPLE_RATE = 4_000;
const MAX_CHANNELS = 8;

const ENCODINGS: Record<string, PcmEncoding> = {
  '1/8': 'u8',
  '1/16': 's16le',
  '1/24': 's24le',
  '1/32': 's32le',
  '3/32': 'f32le',
  '3/64': 'f64le',
};

/** Body of a `fmt ` chunk. http://soundfile.sapp.org/doc/WaveFormat/ and, for 0xFFFE, WAVEFORMATEXTENSIBLE. */
function parseWavFormat(body: Buffer): PcmFormat {
  if (body.length < 16) throw new DecodeFailedError('The WAV header is damaged.');
  const tag = body.readUInt16LE(0);
  const isExtensible = tag === FORMAT_EXTENSIBLE && body.length >= 26;
  const format = isExtensible ? body.readUInt16LE(24) : tag;
  const channels = body.readUInt16LE(2);
  const sampleRate = body.readUInt32LE(4);
  const encoding = ENCODINGS[`${format}/${body.readUInt16LE(14)}`];
  if (encoding === undefined) {
    const kind = format === FORMAT_PCM || format === FORMAT_FLOAT ? 'this sample size' : 'this compression';
    throw new UnsupportedAudioError(`WAV audio with ${kind} is not supported.`);
  }
  if (channels < 1 || channels > MAX_CHANNELS)
    throw new UnsupportedAudioError(`WAV audio must have 1 to ${MAX_CHANNELS} channels.`);
  if (sampleRate < MIN_SAMPLE_RATE || sampleRate > MAX_SAMPLE_RATE)
    throw new UnsupportedAudioError(
      `The sample rate of WAV audio must be ${MIN_SAMPLE_RATE} to ${MAX_SAMPLE_RATE} Hz.`,
    );
  return { encoding, sampleRate, channels };
}

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
/** Writers to a pipe cannot know the size: 0, all ones, or a number near 2 or 4 GB stands for "until the end". */
const UNKNOWN_SIZE_FROM = 0x7fff_0000;
const ALL_ONES = 0xffff_ffff;
/** In the `ds64` chunk of RF64, behind the size of the file. EBU Tech 3306. */
const LONG_AUDIO_SIZE_AT = 8;
/** What may follow the audio. Anything else behind it is audio whose size was written too small. */
const TRAILING_CHUNKS: ReadonlySet<string> = new Set([
  'data',
  'LIST',
  'id3 ',
  'ID3 ',
  'bext',
  'cue ',
  'smpl',
  'fact',
  'PEAK',
  'iXML',
  'JUNK',
  'PAD ',
  'afsp',
  'DISP',
  'inst',
  'note',
  'plst',
]);

type State = 'riff' | 'chunk' | 'sizes' | 'format' | 'audio';

/** WAV as recorders and pipes write it: with extra chunks before the audio, wrong sizes, and an end at any byte. */
export class WavDecoder implements SegmentDecoder {
  private readonly window: ByteWindow;
  private state: State = 'riff';
  private pcm: PcmDecoder | undefined;
  /** Of the chunk that is read whole. */
  private bodyBytes = 0;
  /** What RF64 says of audio whose size does not fit 32 bits. */
  private longAudioBytes: number | undefined;
  private skipBytes = 0;
  /** Audio still to come before the next chunk; Infinity when its size is unknown. */
  private audioBytes = 0;
  /** Where the audio begins that is played now, and how much was played before it, as there may be several chunks of it. */
  private audioAt = 0;
  private playedBefore = 0;
  private playedBytes = 0;
  private hasPlayed = false;
  private isOddSized = false;

  /** @param targetRate Hz of what it gives; default: speech PCM */
  constructor(
    private readonly limits: DecoderLimits,
    private readonly targetRate?: number,
    private readonly work = new Workload(),
  ) {
    this.window = new ByteWindow(2 * limits.maxElementBytes);
  }

  *write(bytes: Uint8Array): Generator<Int16Array> {
    this.window.append(bytes);
    while (this.window.length > 0) {
      if (this.skipBytes > 0) this.skip();
      else if (this.state === 'audio') yield* this.audio();
      else if (!this.readHeader()) return;
    }
  }

  *finish(): Generator<Int16Array> {
    if (this.pcm === undefined) throw new DecodeFailedError('The recording ends within its header.');
    yield* this.pcm.finish();
  }

  free(): void {
    this.pcm?.free();
  }

  /** Whether less audio has come than the header says. */
  get isCut(): boolean {
    return this.state === 'audio' && this.audioBytes > 0 && this.audioBytes !== Infinity;
  }

  durableFrom(bytes: number): number | undefined {
    if (bytes > this.window.offset) return undefined;
    const played = this.playedBefore + Math.max(0, bytes - this.audioAt);
    return this.pcm?.durableFrom(Math.min(played, this.playedBytes)) ?? 0;
  }

  private skip(): void {
    const count = Math.min(this.skipBytes, this.window.length);
    this.window.consume(count);
    this.skipBytes -= count;
  }

  private *audio(): Generator<Int16Array> {
    const count = Math.min(this.audioBytes, this.window.length);
    yield* this.pcm!.write(this.window.bytes.subarray(0, count));
    this.window.consume(count);
    this.playedBytes += count;
    this.audioBytes -= count;
    if (this.audioBytes > 0) return;
    this.skipBytes = this.isOddSized ? 1 : 0;
    this.state = 'chunk';
  }

  /** @returns whether the window held enough bytes to go on */
  private readHeader(): boolean {
    const bytes = this.window.bytes;
    this.work.add('bytes', RIFF_HEADER_BYTES);
    if (this.state === 'riff') {
      if (bytes.length < RIFF_HEADER_BYTES) return false;
      this.window.consume(RIFF_HEADER_BYTES);
      this.state = 'chunk';
      return true;
    }
    if (this.state === 'sizes') {
      if (bytes.length < this.bodyBytes) return false;
      this.longAudioBytes = Number(bytes.readBigUInt64LE(LONG_AUDIO_SIZE_AT)) || undefined;
      this.window.consume(this.bodyBytes);
      this.skipBytes = this.bodyBytes % 2;
      this.state = 'chunk';
      return true;
    }
    if (this.state === 'format') {
      if (bytes.length < this.bodyBytes) return false;
      this.pcm ??= new PcmDecoder(
        parseWavFormat(bytes.subarray(0, this.bodyBytes)),
        this.targetRate,
        this.work,
      );
      this.window.consume(this.bodyBytes);
      this.skipBytes = this.bodyBytes % 2;
      this.state = 'chunk';
      return true;
    }
    if (bytes.length < CHUNK_HEADER_BYTES) return false;
    this.enterChunk(bytes.toString('latin1', 0, 4), bytes.readUInt32LE(4));
    return true;
  }

  private enterChunk(id: string, size: number): void {
    if (this.hasPlayed && !TRAILING_CHUNKS.has(id)) {
      this.play(Infinity);
      return;
    }
    this.window.consume(CHUNK_HEADER_BYTES);
    if (id === 'data') this.enterAudio(size);
    else if (id === 'fmt ') this.enterBody('format', size);
    else if (id === 'ds64' && size >= LONG_AUDIO_SIZE_AT + 8) this.enterBody('sizes', size);
    else {
      if (size > this.limits.maxSkippedBytes)
        throw new DecodeFailedError('The WAV header holds a chunk that is too large.');
      this.skipBytes = size + (size % 2);
    }
  }

  private enterBody(state: 'sizes' | 'format', size: number): void {
    if (size > this.limits.maxElementBytes) throw new DecodeFailedError('The WAV header is damaged.');
    this.bodyBytes = size;
    this.state = state;
  }

  private enterAudio(size: number): void {
    if (this.pcm === undefined)
      throw new DecodeFailedError('The WAV header does not say how its audio is coded.');
    const long = size === ALL_ONES ? this.longAudioBytes : undefined;
    this.isOddSized = (long ?? size) % 2 === 1;
    this.play(long ?? (size === 0 || size >= UNKNOWN_SIZE_FROM ? Infinity : size));
  }

  private play(audioBytes: number): void {
    this.audioBytes = audioBytes;
    this.audioAt = this.window.offset;
    this.playedBefore = this.playedBytes;
    this.hasPlayed = true;
    this.state = 'audio';
  }
}
