import { setTimeout as sleep } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { createAudioDecoder } from '../../src/audio/create-audio-decoder.js';
import { nowMs } from '../process-figures.js';
import type { TimingFinal } from './timing-worker.process.js';

export interface Recording {
  chunks: Uint8Array[];
  /** Samples there are once a chunk is decoded. */
  samples: number[];
  intervalMs: number;
}

export interface Delays {
  /** Chunk sent -> the last of its samples at the worker. */
  audioMs: number[];
  /** Final sent by the worker -> final at the client. */
  finalMs: number[];
  /** Share of the chunks that gave audio whose samples came to the worker. */
  heard: number;
}

/** A recording as a recorder gives it: a chunk every `intervalMs`. */
export async function record(bytes: Uint8Array, seconds: number, intervalMs: number): Promise<Recording> {
  const size = Math.ceil((bytes.length * intervalMs) / (seconds * 1_000));
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  const samples: number[] = [];
  let total = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) {
      yield chunk;
      samples.push(total);
    }
  }
  for await (const block of createAudioDecoder({ codec: 'webm' }).decode(counted())) total += block.length;
  return { chunks, samples, intervalMs };
}

/** One client that speaks at the speed of speech and measures. */
export class Speaker {
  private readonly socket: Socket;
  private readonly sentAt: number[] = [];
  private readonly finalMs: number[] = [];
  private readonly arrivals: TimingFinal['arrivals'] = [];
  lastHeardAt = nowMs();

  constructor(
    url: string,
    private readonly recording: Recording,
    private readonly isTyped: boolean,
  ) {
    this.socket = io(url, { transports: ['websocket'], forceNew: true, reconnection: false });
    this.socket.on('transcript:final', ({ text }: { text: string }) => this.take(text));
    this.socket.on('transitionResult', (text: string) => this.take(text));
  }

  async start(): Promise<void> {
    if (!this.socket.connected)
      await new Promise<void>((resolve) => this.socket.once('connect', () => resolve()));
    if (!this.isTyped) return;
    const start = { v: 1, format: { codec: 'webm' } };
    const answer = (await this.socket.emitWithAck('session:start', start)) as { ok: boolean; code?: string };
    if (!answer.ok) throw new Error(`session:start was refused with ${answer.code}`);
  }

  async speak(startAt: number): Promise<void> {
    for (const [index, chunk] of this.recording.chunks.entries()) {
      await sleep(Math.max(0, startAt + index * this.recording.intervalMs - nowMs()));
      this.sentAt.push(nowMs());
      if (this.isTyped) this.socket.emit('audio', { seq: index + 1 }, chunk, () => undefined);
      else this.socket.emit('transcription', chunk);
    }
  }

  /** To be called once all finals have had time to come. */
  finish(): Delays {
    this.socket.close();
    const audioMs: number[] = [];
    const { samples } = this.recording;
    // What the last second gave is in no final of the hubs, which know no end.
    const last = this.arrivals.at(-1)?.[0] ?? 0;
    let expected = 0;
    for (const [index, position] of samples.entries()) {
      if (position === (samples[index - 1] ?? 0) || position > samples.at(-1)! - 24_000) continue;
      expected += 1;
      const arrival = position <= last ? this.arrivals.find(([end]) => end >= position) : undefined;
      if (arrival) audioMs.push(arrival[1] - this.sentAt[index]!);
    }
    return { audioMs, finalMs: this.finalMs, heard: audioMs.length / Math.max(expected, 1) };
  }

  private take(text: string): void {
    const { sentAt, arrivals } = JSON.parse(text) as TimingFinal;
    this.lastHeardAt = nowMs();
    this.finalMs.push(this.lastHeardAt - sentAt);
    this.arrivals.push(...arrivals);
  }
}
