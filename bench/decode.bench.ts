import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { locateFfmpeg } from '../src/audio/ffmpeg/locate-ffmpeg.js';
import { ffmpegStreams } from './decode/ffmpeg-streams.js';
import type { StreamCost } from './decode/stream-cost.js';

const RECORDING = fileURLToPath(
  new URL('../test/fixtures/audio/conversation-30s.live.webm', import.meta.url),
);
const RECORDING_SECONDS = 26.39;
const DEFAULT_COUNTS = [50, 200];
const BAR = { streams: 200, cores: 1, megabytes: 3 };

/**
 * `npm run bench -- decode [STREAMS...]`: live WebM/Opus to speech PCM in process against one ffmpeg per stream, in chunks of
 * a quarter of a second, as fast as it goes. CPU per second of audio says how many streams at real time a core carries.
 */
export async function run(args: readonly string[]): Promise<void> {
  const counts = args.length > 0 ? args.map(Number) : DEFAULT_COUNTS;
  const ffmpeg = locateFfmpeg(process.env['FFMPEG_PATH']);
  console.log('| decoder | streams | CPU ms per s of audio | cores at real time | MB per stream |');
  console.log('|---|---|---|---|---|');
  for (const count of counts) print('in process', await inProcess(count));
  if (ffmpeg === undefined) console.log('No ffmpeg was found, so the baseline is left out.');
  else
    for (const count of counts)
      print('one ffmpeg per stream', await ffmpegStreams(ffmpeg, count, RECORDING, RECORDING_SECONDS));
  console.log(`\nBar: ${BAR.streams} streams <= ${BAR.cores} core and <= ${BAR.megabytes} MB each.`);
}

async function inProcess(streams: number): Promise<StreamCost> {
  const script = new URL('./decode/in-process-streams.ts', import.meta.url);
  const child = fork(script, [`${streams}`, RECORDING, `${RECORDING_SECONDS}`]);
  const [cost] = (await once(child, 'message')) as [StreamCost];
  return cost;
}

function print(decoder: string, { streams, cpuMs, rssBytes }: StreamCost): void {
  const cores = ((cpuMs * streams) / 1_000).toFixed(2);
  console.log(
    `| ${decoder} | ${streams} | ${cpuMs.toFixed(2)} | ${cores} | ${(rssBytes / 1_000_000).toFixed(2)} |`,
  );
}
