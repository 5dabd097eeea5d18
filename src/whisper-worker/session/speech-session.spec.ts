import { describe, expect, it } from '@jest/globals';
import { LoadEstimate } from '../admission/load-estimate.js';
import { Endpointer } from '../endpointing/endpointer.js';
import { SentenceJudge } from '../endpointing/sentence-judge.js';
import type { DecodedUtterance, DecodeRequest } from '../engine.js';
import { encodeWords } from '../engines/fake/coded-words.js';
import { FakeEngine } from '../engines/fake/fake-engine.js';
import type { InterimSettings } from '../interim/interim-captions.js';
import { LaneScheduler } from '../lanes/lane-scheduler.js';
import { WorkerMetrics } from '../metrics/worker-metrics.js';
import { EnergyDetector } from '../vad/energy-detector.js';
import { SessionDecoder } from './session-decoder.js';
import type { SessionMessage } from './session-message.js';
import { SpeechSession } from './speech-session.js';

const ENDPOINTING = {
  preRollSamples: 4_800,
  leastSilenceSamples: 6_400,
  mostSilenceSamples: 16_000,
  tailSamples: 3_200,
  minSpeechSamples: 1_600,
  maxUtteranceSamples: 320_000,
};

const SILENCE_SAMPLES = { complete: 6_400, unknown: 8_000, open: 16_000 };

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

/** Says something behind what it was told. */
class MarkingEngine extends CountingEngine {
  constructor(
    private readonly mark: string,
    decodeMs = 0,
  ) {
    super(decodeMs);
  }

  override async decode(request: DecodeRequest, signal: AbortSignal): Promise<DecodedUtterance> {
    const decoded = await super.decode(request, signal);
    return { ...decoded, text: decoded.text && decoded.text + this.mark };
  }
}

async function listen(
  parts: (Int16Array | 'stall')[],
  engine = new CountingEngine(),
  scheduler = new LaneScheduler(2, 10),
  { twiceUpToSamples = 0, interims }: { twiceUpToSamples?: number; interims?: InterimSettings } = {},
): Promise<SessionMessage[]> {
  const messages: SessionMessage[] = [];
  const metrics = new WorkerMetrics();
  const decoding = { engine, scheduler, load: new LoadEstimate(), metrics };
  await new Promise<void>((resolve, reject) => {
    const sut = new SpeechSession({
      detector: new EnergyDetector(),
      endpointer: new Endpointer(ENDPOINTING, 0),
      pauses: { judge: new SentenceJudge(), silenceSamples: SILENCE_SAMPLES, twiceUpToSamples },
      decoder: new SessionDecoder(decoding, { language: 'en', task: 'transcribe', words: false }),
      metrics,
      interims,
      send: (message) => {
        messages.push(message);
        if (message.type === 'done') resolve();
      },
      fail: reject,
      idle: () => undefined,
    });
    for (const part of parts) {
      if (part === 'stall') sut.stall();
      else sut.write(part);
    }
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

  it('shows as a caption what it decoded early when speech goes on', async () => {
    const parts = [words(1, 2), new Int16Array(5_000), words(3), new Int16Array(16_000)];
    const lanes = new LaneScheduler(2, 10);
    // So rarely that no decode is for a caption alone.
    const interims = { everyMs: 3_600_000, pace: 'steady' } as const;
    const messages = await listen(parts, new CountingEngine(20), lanes, { interims });
    const captions = messages.flatMap((message) => (message.type === 'interim' ? [message.text] : []));
    expect(captions[0]).toBe('1:1 1:2');
    expect(texts(messages)).toEqual(['1:1 1:2 1:3']);
  });

  it.each([
    ['twice when it is short', 320_000, 2],
    ['once when it is long', 8_000, 1],
  ])('hears a whole sentence %s', async (_what, twiceUpToSamples, decodes) => {
    const engine = new MarkingEngine(' said.');
    await listen([words(1, 2, 3), new Int16Array(16_000)], engine, new LaneScheduler(2, 10), {
      twiceUpToSamples,
    });
    expect(engine.spans).toHaveLength(decodes);
  });

  it('says the same however the audio is cut into frames', async () => {
    const audio = [words(1, 2), new Int16Array(16_000), words(3, 4), new Int16Array(4_000)];
    const samples = Int16Array.from(audio.flatMap((part) => [...part]));
    const whole = await listen([samples]);
    const pieces: Int16Array[] = [];
    for (let at = 0; at < samples.length; at += 77) pieces.push(samples.subarray(at, at + 77));
    expect(await listen(pieces)).toEqual(whole);
  });

  it('ends an utterance sooner behind a whole sentence than in the middle of one', async () => {
    const [pause, end] = [new Int16Array(10_000), new Int16Array(20_000)];
    const said = async (mark: string): Promise<string[]> =>
      texts(await listen([words(1, 2), pause, words(3), end], new MarkingEngine(mark)));
    expect(await said(' said.')).toEqual(['1:1 1:2 said.', '1:3 said.']);
    expect(await said(' and so')).toEqual(['1:1 1:2 1:3 and so']);
  });

  it('waits for the text of a pause, however late it is, and loses nothing meanwhile', async () => {
    const parts = [words(1, 2), new Int16Array(10_000), words(3), new Int16Array(20_000), words(4)];
    const early = await listen(parts, new MarkingEngine(' and so'));
    expect(await listen(parts, new MarkingEngine(' and so', 50))).toEqual(early);
    expect(texts(early)).toEqual(['1:1 1:2 1:3 and so', '1:4 and so']);
  });

  it('judges a pause, too, that no lane was free to decode at once', async () => {
    const parts = [words(1, 2), new Int16Array(10_000), words(3), new Int16Array(20_000)];
    const scheduler = new LaneScheduler(1, 10);
    const busy = new AbortController();
    const job = { session: {}, samples: 1 };
    void scheduler.run(job, () => new Promise((free) => setImmediate(free)), busy.signal);
    expect(texts(await listen(parts, new MarkingEngine(' and so'), scheduler))).toEqual([
      '1:1 1:2 1:3 and so',
    ]);
  });

  it('ends an utterance as usual when nobody can tell what its pause means', async () => {
    const parts = [words(1, 2), new Int16Array(10_000), words(3), new Int16Array(20_000)];
    expect(texts(await listen(parts))).toEqual(['1:1 1:2', '1:3']);
  });

  it('takes a sound of a few samples for one, and does not fail over its length', async () => {
    const messages = await listen([Int16Array.of(9_000, -9_000, 9_000, -9_000)]);

    expect(messages.at(-1)).toEqual({ type: 'done', commit: 4 });
  });

  it('finishes at a stall what was said before it, when more comes while a pause is judged', async () => {
    const messages = await listen(
      [words(1), new Int16Array(7_000), 'stall', words(2)],
      new MarkingEngine(' and'),
    );
    expect(texts(messages)).toEqual(['1:1 and', '1:2 and']);
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
