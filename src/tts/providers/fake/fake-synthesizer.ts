import { setTimeout as delay } from 'node:timers/promises';
import { SYNTHESIS_SAMPLE_RATE, type AudioFormat } from '../../../audio/encoding/audio-format.js';
import { InvalidInputError } from '../../../common/errors/caller-errors.js';
import type { SpeechRequest, SpeechSynthesizer, Voice } from '../../speech-synthesizer.js';

/** How the fake behaves; tests drive the hard cases with it. */
export interface FakeSpeechScript {
  maxInputChars?: number;
  /** Wait before the provider accepts. */
  acceptAfterMs?: number;
  /** Wait before each chunk. */
  paceMs?: number;
  /** Thrown instead of accepting. */
  refuseWith?: Error;
  /** Thrown after this many chunks. */
  failAfter?: { chunks: number; error: Error };
}

/** Hz. */
const VOICES: ReadonlyMap<string, number> = new Map([
  ['nova', 440],
  ['alloy', 330],
  ['onyx', 220],
]);
/** Speech at normal pace. */
const MS_PER_CHARACTER = 60;
const CHUNK_MS = 50;
const LOUDNESS = 8_000;

/** Deterministic tones: the voice gives the pitch, the text and speed the length. The same request gives the same bytes. */
export class FakeSynthesizer implements SpeechSynthesizer {
  readonly name = 'fake';
  readonly fingerprint = 'tones';
  readonly formats: readonly AudioFormat[] = ['pcm'];
  readonly maxInputChars: number;

  constructor(private readonly script: FakeSpeechScript = {}) {
    this.maxInputChars = script.maxInputChars ?? Infinity;
  }

  async synthesize(request: SpeechRequest, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const pitch = VOICES.get(request.voice);
    if (pitch === undefined) throw new InvalidInputError('voice', 'This voice is not known.');
    await delay(this.script.acceptAfterMs ?? 0, undefined, { signal });
    if (this.script.refuseWith) throw this.script.refuseWith;
    return this.tones(request, pitch, signal);
  }

  async voices(): Promise<readonly Voice[]> {
    return [...VOICES.keys()].map((id) => ({ id }));
  }

  private async *tones(
    request: SpeechRequest,
    pitch: number,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const durationMs = (request.input.length * MS_PER_CHARACTER) / request.speed;
    const samples = Math.round((durationMs * SYNTHESIS_SAMPLE_RATE) / 1_000);
    const perChunk = (CHUNK_MS * SYNTHESIS_SAMPLE_RATE) / 1_000;
    for (let start = 0, chunks = 0; start < samples; start += perChunk, chunks++) {
      if (this.script.failAfter?.chunks === chunks) throw this.script.failAfter.error;
      if (this.script.paceMs !== undefined) await delay(this.script.paceMs, undefined, { signal });
      signal.throwIfAborted();
      yield tone(pitch, start, Math.min(perChunk, samples - start));
    }
  }
}

function tone(pitch: number, start: number, count: number): Buffer {
  const bytes = Buffer.alloc(count * 2);
  for (let index = 0; index < count; index++) {
    const phase = (2 * Math.PI * pitch * (start + index)) / SYNTHESIS_SAMPLE_RATE;
    bytes.writeInt16LE(Math.round(LOUDNESS * Math.sin(phase)), index * 2);
  }
  return bytes;
}
