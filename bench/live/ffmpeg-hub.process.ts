import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createServer } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import { Server, type Socket } from 'socket.io';
import { WebSocket } from 'ws';
import type { WorkerMessage } from '../../src/whisper-protocol/messages.js';

/**
 * The baselines: a Socket.io hub that decodes with one ffmpeg per stream, or, as the original hub did, with one per blob. Each
 * client has a worker socket of its own, which the original had not.
 */
const [mode, ffmpeg, workerUrl] = process.argv.slice(2) as ['stream' | 'blob', string, string];

const LOW_LATENCY = ['-fflags', 'nobuffer', '-probesize', '32', '-analyzeduration', '0', '-f', 'webm'];
const ARGUMENTS = ['-v', 'quiet', '-threads', '1'];
const OUTPUT = ['-i', 'pipe:0', '-ac', '1', '-ar', '16000', '-f', 's16le', '-flush_packets', '1', 'pipe:1'];

type Decoder = ChildProcessByStdio<Writable, Readable, null>;

function decoder(worker: WebSocket): Decoder {
  const flags = mode === 'stream' ? LOW_LATENCY : [];
  const child = spawn(ffmpeg, [...ARGUMENTS, ...flags, ...OUTPUT], { stdio: ['pipe', 'pipe', 'ignore'] });
  let odd: Buffer = Buffer.alloc(0);
  child.stdin.on('error', () => undefined);
  child.stdout.on('data', (bytes: Buffer) => {
    const all = Buffer.concat([odd, bytes]);
    const whole = all.length - (all.length % 2);
    odd = all.subarray(whole);
    if (whole > 0) worker.send(all.subarray(0, whole));
  });
  return child;
}

function serve(socket: Socket): void {
  const worker = new WebSocket(workerUrl, { perMessageDeflate: false });
  const hello = { type: 'hello', v: 1, token: '', sessionId: socket.id, epoch: 0, start: 0 };
  const opened = new Promise<void>((resolve) => worker.once('open', resolve));
  let stream: Decoder | undefined;
  worker.once('open', () => worker.send(JSON.stringify(hello)));
  worker.on('message', (frame: Buffer) => {
    const message = JSON.parse(frame.toString()) as WorkerMessage;
    if (message.type === 'final') socket.emit('transitionResult', message.text);
  });
  socket.on('transcription', async (bytes: Buffer) => {
    await opened;
    if (mode === 'stream') {
      stream ??= decoder(worker);
      stream.stdin.write(bytes);
    } else decoder(worker).stdin.end(bytes);
  });
  socket.on('disconnect', () => {
    stream?.kill('SIGKILL');
    worker.terminate();
  });
}

const http = createServer();
new Server(http, { maxHttpBufferSize: 2_000_000 }).on('connection', serve);
http.listen(0, '127.0.0.1', () =>
  console.log(`http://127.0.0.1:${(http.address() as { port: number }).port}`),
);
