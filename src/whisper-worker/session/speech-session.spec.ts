import { describe, expect, it } from '@jest/globals';
import { LoadEstimate } from '../admission/load-estimate.js';
import { Endpointer } from '../endpointing/endpointer.js';
import type { DecodedUtterance, DecodeRequest } from '../engine.js';
import { encodeWords } from '../engines/fake/coded-words.js';
import { FakeEngine } from '../engines/fake/fake-engine.js';
import { LaneScheduler } from '../lanes/lane-scheduler.js';
import { WorkerMetrics } from '../metrics/worker-metrics.js';
import { EnergyDetector } from '../vad/energy-detector.js';
import { SessionDecoder } from './session-decoder.js';
import type { SessionMessage } from './session-message.js';
import { SpeechSession } from './speech-session.js';

const ENDPOINTING = {
  preRollSamples: 4_800,
  silenceSamples: 8_000,
  tailSamples: 3_200,
  minSpeechSamples: 1_600,
  maxUtteranceSamples: 320_000,
};

/** Counts what it is asked for. */
class CountingEngine extends FakeEngine {
  readonly spans: number[] = [];

  override decode(request: DecodeRequest, signal: AbortSignal): Promise<DecodedUtterance> {
    this.spans.push(request.samples.length);
    return super.decode(request, signal);
  }
}

const words = (...numbers: number[]): Int16Array =>
  encodeWords(numbers.map((number) => ({ space: 1, number })));

async function listen(parts: Int16Array[], engine = new CountingEngine()): Promise<SessionMessage[]> {
  const messages: SessionMessage[] = [];
  const metrics = new WorkerMetrics();
  const decoding = { engine, scheduler: new LaneScheduler(2, 10), load: new LoadEstimate(), metrics };
  await new Promise<void>((resolve, reject) => {
    const sut = new SpeechSession({
      detector: new EnergyDetector(),
      endpointer: new Endpointer(ENDPOINTING, 0),
      decoder: new SessionDecoder(decoding, { language: 'en', task: 'transcribe', words: false }),
      metrics,
      interimMs: undefined,
      send: (message) => {
        messages.push(message);
        if (message.type === 'done') resolve();
      },
      fail: reject,
      idle: () => undefined,
    });
    for (const part of parts) sut.write(part);
    sut.end();
  });
  return messages;
}

const texts = (messages: SessionMessage[]): string[] =>
  messages.flatMap((message) => (message.type === 'final' ? [message.text] : []));

describe(SpeechSession.name, () => {
  it('decodes nothing while nobody speaks', async () => {
    const engine = new CountingEngine();
    const messages = await listen([new Int16Array(80_000)], engine);
    expect(engine.spans).toEqual([]);
    expect(messages.at(-1)).toEqual({ type: 'done', commit: 80_000 });
  });

  it('decodes an utterance once when the pause ends it', async () => {
    const engine = new CountingEngine();
    const messages = await listen([words(1, 2), new Int16Array(16_000)], engine);
    expect(texts(messages)).toEqual(['1:1 1:2']);
    expect(engine.spans).toHaveLength(1);
  });

  it('drops what it decoded early when speech goes on', async () => {
    const messages = await listen([words(1, 2), new Int16Array(5_000), words(3), new Int16Array(16_000)]);
    expect(texts(messages)).toEqual(['1:1 1:2 1:3']);
  });

  it('says the same however the audio is cut into frames', async () => {
    const audio = [words(1, 2), new Int16Array(16_000), words(3, 4), new Int16Array(4_000)];
    const samples = Int16Array.from(audio.flatMap((part) => [...part]));
    const whole = await listen([samples]);
    const pieces: Int16Array[] = [];
    for (let at = 0; at < samples.length; at += 77) pieces.push(samples.subarray(at, at + 77));
    expect(await listen(pieces)).toEqual(whole);
  });

  it('commits in the order of the audio and ends at its last sample', async () => {
    const messages = await listen([new Int16Array(30_000), words(1), new Int16Array(30_000), words(2, 3)]);
    const commits = messages.flatMap((message) => ('commit' in message ? [message.commit] : []));
    expect(commits).toEqual(commits.toSorted((a, b) => a - b));
    expect(commits.at(-1)).toBe(60_000 + 3 * 3_200);
  });

  it('fails when the engine does', async () => {
    class BrokenEngine extends CountingEngine {
      override async decode(): Promise<never> {
        throw new Error('broken');
      }
    }
    await expect(listen([words(1)], new BrokenEngine())).rejects.toThrow('broken');
  });
});
