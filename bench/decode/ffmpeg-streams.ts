import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { recorderChunks, type StreamCost } from './stream-cost.js';

/** What a server without a decoder of its own would run for each stream. */
const ARGUMENTS =
  '-v error -threads 1 -probesize 32 -analyzeduration 0 -f webm -i pipe:0 -ac 1 -ar 16000 -f s16le pipe:1'.split(
    ' ',
  );
/** Of /proc/PID/stat; fixed by the kernel's ABI on Linux. */
const TICKS_PER_SECOND = 100;
/** Seconds of audio that ffmpeg may hold back while its input is open. */
const HELD_BACK_SECONDS = 0.5;

/** The cost of one ffmpeg per stream, all of them alive at once. */
export async function ffmpegStreams(
  ffmpeg: string,
  streams: number,
  path: string,
  seconds: number,
): Promise<StreamCost> {
  const chunks = recorderChunks(readFileSync(path), seconds);
  const expectedBytes = (seconds - HELD_BACK_SECONDS) * 32_000;
  const children = Array.from({ length: streams }, () =>
    spawn(ffmpeg, ARGUMENTS, { stdio: ['pipe', 'pipe', 'ignore'] }),
  );
  const decoded = children.map((child) => bytesFrom(child, expectedBytes));
  try {
    for (const chunk of chunks) {
      for (const { stdin } of children) stdin.write(chunk);
      await new Promise(setImmediate);
    }
    await Promise.all(decoded);
    const cpuSeconds = sum(children, ({ pid }) => cpuSecondsOf(pid!));
    const rssBytes = sum(children, ({ pid }) => shareOf(pid!)) / streams;
    return { streams, cpuMs: (cpuSeconds * 1_000) / (streams * seconds), rssBytes };
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(children.map((child) => once(child, 'close')));
  }
}

function bytesFrom({ stdout }: ChildProcess, wanted: number): Promise<void> {
  return new Promise((resolve) => {
    let count = 0;
    stdout!.on('data', ({ length }: Buffer) => {
      count += length;
      if (count >= wanted) resolve();
    });
  });
}

function sum(children: readonly ChildProcess[], of: (child: ChildProcess) => number): number {
  return children.reduce((total, child) => total + of(child), 0);
}

function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Proportional set size. */
function shareOf(pid: number): number {
  const line = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  return Number(line![1]) * 1_024;
}
