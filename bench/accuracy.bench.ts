import { availableParallelism, cpus, loadavg } from 'node:os';
import { mixed } from '../test/support/noise-corpus.js';
import { Random } from '../test/support/random.js';
import { loadClips, type Clip } from './accuracy/clips.js';
import { CODECS, throughCodec } from './accuracy/codecs.js';
import { inventedBy, inventedByProduct, nobodySpeaks, type Invented } from './accuracy/hallucinations.js';
import { BACKGROUNDS } from './accuracy/noise.js';
import { optionsOf, type AccuracyOptions } from './accuracy/options.js';
import { startParley } from './accuracy/parley-server.js';
import { parleyRecogniser } from './accuracy/parley-recogniser.js';
import { startPeerServers, peerRecogniser, type Missing } from './accuracy/peers.js';
import { hear, type Recogniser } from './accuracy/recogniser.js';
import { printMistakes, rateOf, shown, type Score } from './accuracy/score.js';
import { figuresOf, LIVE_HEAD, liveRow, megabytes, reasonRow } from './accuracy/live-rows.js';
import { percent, table } from './figures.js';

const RATIOS_DB = [20, 10, 5, 0];
/** Word error rate above that of faster-whisper on the same weights that is still good. */
const BAR_POINTS = 0.015;

/**
 * `npm run bench -- accuracy [PARTS] [OPTIONS]`: how many words a real model gets wrong on human speech, and what it invents where
 * there is none; alone and in the product, beside its peers where a Python environment with them is named
 * (docs/benchmarks/accuracy.md). Parts: `clips`, `codecs`, `snr`, `noise`, `product`, `peers`.
 */
export async function run(args: readonly string[]): Promise<void> {
  const options = optionsOf(args);
  const { model, language, folders, seed } = options;
  const clips = loadClips(folders, language);
  const seconds = clips.reduce((sum, { samples }) => sum + samples.length / 16_000, 0);
  console.log(
    `${cpus()[0]?.model}, ${availableParallelism()} cores, load before ${loadavg()[0]?.toFixed(1)}; model ${model}, seed ${seed}`,
  );
  console.log(`${clips.length} clips of human speech in language ${language}, ${seconds.toFixed(0)} s\n`);
  const recognisers = [await parleyRecogniser(model, language)];
  const missing: Missing[] = [];
  const peer = await peerRecogniser(options);
  if ('reason' in peer) missing.push(peer);
  else recognisers.push(peer);
  const bench = new AccuracyBench(options, clips, recognisers, missing);
  try {
    await bench.run();
  } finally {
    for (const recogniser of recognisers) await recogniser.close();
  }
}

class AccuracyBench {
  private readonly oneShot = new Map<Recogniser, Score>();
  private readonly live = new Map<string, Score>();

  constructor(
    private readonly options: AccuracyOptions,
    private readonly clips: readonly Clip[],
    private readonly recognisers: readonly Recogniser[],
    private readonly missing: Missing[],
  ) {}

  async run(): Promise<void> {
    const { parts } = this.options;
    // Everything else is compared with it.
    await this.whole();
    if (parts.has('codecs')) await this.codecs();
    if (parts.has('snr')) await this.ratios();
    if (parts.has('noise')) await this.noise();
    if (parts.has('product') || parts.has('peers')) await this.streams();
    this.summary();
  }

  private async whole(): Promise<void> {
    const rows: string[][] = [];
    for (const recogniser of this.recognisers) {
      const { score, cpuMsPerAudioSecond } = await hear(recogniser, this.clips, this.options.language);
      this.oneShot.set(recogniser, score);
      rows.push([
        recogniser.name,
        String(score.words),
        String(score.errors),
        shown(score),
        `${Math.round(cpuMsPerAudioSecond)} ms`,
        megabytes(recogniser.residentBytes()),
      ]);
    }
    rows.push(...this.missing.map(({ name, reason }) => [name, reason, '', '', '', '']));
    console.log('Whole clips, one after the other\n');
    console.log(`${table(['recogniser', 'words', 'errors', 'WER', 'CPU per audio s', 'RSS'], rows)}\n`);
    for (const [{ name }, score] of this.oneShot) printMistakes(name, score);
    console.log();
  }

  private async codecs(): Promise<void> {
    const rows: string[][] = [
      ['PCM 16 kHz', ...this.recognisers.map((each) => shown(this.oneShot.get(each)))],
    ];
    for (const codec of CODECS) {
      const coded: Clip[] = [];
      for (const clip of this.clips) coded.push(await throughCodec(clip, codec));
      rows.push([codec.name, ...(await this.ratesOf(coded))]);
    }
    console.log('WER by codec, decoded by Parley\n');
    console.log(`${table(['codec', ...this.names], rows)}\n`);
  }

  private async ratios(): Promise<void> {
    const { seed } = this.options;
    const head = Object.keys(BACKGROUNDS).flatMap((kind) => this.names.map((name) => `${kind}: ${name}`));
    const clean = this.recognisers.map((each) => shown(this.oneShot.get(each)));
    const rows = [['clean', ...clean, ...clean]];
    for (const ratio of RATIOS_DB) {
      const cells: string[] = [];
      for (const background of Object.values(BACKGROUNDS)) {
        const random = new Random(seed);
        const noisy = this.clips.map((clip) => {
          const samples = mixed(clip.samples, background(clip, this.clips, random), ratio);
          return { ...clip, samples };
        });
        cells.push(...(await this.ratesOf(noisy)));
      }
      rows.push([`${ratio} dB`, ...cells]);
    }
    console.log('WER by noise\n');
    console.log(`${table(['speech over noise', ...head], rows)}\n`);
  }

  private async noise(): Promise<void> {
    const { minutes, seed, model, language } = this.options;
    const noise = nobodySpeaks(minutes, seed);
    const { finals, interims } = await inventedByProduct(model, language, noise);
    const heard: [string, Invented][] = [
      ['Parley, the product: finals', finals],
      ['Parley, the product: interims', interims],
    ];
    for (const recogniser of this.recognisers)
      heard.push([`${recogniser.name}, piece by piece`, await inventedBy(recogniser, noise)]);
    const rows = heard.map(([name, { texts, words, minutes }]) => [
      name,
      String(texts.length),
      (texts.length / minutes).toFixed(2),
      (words / minutes).toFixed(1),
      texts[0]?.slice(0, 60) ?? '',
    ]);
    console.log(`What is heard in ${minutes} minutes of noise, music and silence\n`);
    console.log(`${table(['listener', 'texts', 'per minute', 'words per minute', 'the first'], rows)}\n`);
  }

  private async streams(): Promise<void> {
    const { parts, model, language, seed } = this.options;
    const servers = [
      ...(parts.has('product')
        ? (['webm', 's16le'] as const).map((format) => () => startParley(model, language, format))
        : []),
      ...(parts.has('peers') ? startPeerServers(this.options) : []),
    ];
    const rows: string[][] = [];
    for (const start of servers) {
      const server = await start();
      const figures = 'reason' in server ? server : await figuresOf(server, this.clips, language, seed);
      if ('reason' in figures) rows.push(reasonRow(figures));
      else {
        rows.push(liveRow(server.name, figures));
        this.live.set(server.name, figures.score);
      }
    }
    console.log('Live, at the speed of speech; ms from the end of the last word\n');
    console.log(`${table(LIVE_HEAD, rows)}\n`);
    for (const [name, score] of this.live) printMistakes(name, score);
    console.log();
  }

  private summary(): void {
    const [own, peer] = this.recognisers;
    const theirs = peer && this.oneShot.get(peer);
    const bar = theirs && rateOf(theirs) + BAR_POINTS;
    const judge = (name: string, score: Score): string =>
      `${name}: ${shown(score)}, ${
        bar === undefined
          ? 'not judged without faster-whisper'
          : `${rateOf(score) <= bar ? 'pass' : 'FAIL'} (at most ${percent(bar)})`
      }`;
    console.log(`WER of the human clips, bar: faster-whisper's on the same weights + 1.5 points`);
    console.log(judge(own!.name, this.oneShot.get(own!)!));
    for (const [name, score] of this.live) if (name.startsWith('Parley')) console.log(judge(name, score));
  }

  private get names(): string[] {
    return this.recognisers.map(({ name }) => name);
  }

  private async ratesOf(clips: readonly Clip[]): Promise<string[]> {
    const cells: string[] = [];
    for (const recogniser of this.recognisers)
      cells.push(shown((await hear(recogniser, clips, this.options.language)).score));
    return cells;
  }
}
