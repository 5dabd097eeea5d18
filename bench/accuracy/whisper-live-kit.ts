import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { WebSocket } from 'ws';
import { fromProject } from '../../src/config/project-paths.js';
import type { LiveServer, LiveSession, Screen } from './live-server.js';
import { connectWhenUp, driver, freePort, PythonProcess } from './python-process.js';

const END_DEADLINE_MS = 30_000;
const WARM_UP = fromProject('test/fixtures/speech/jfk.wav');

interface Message {
  type?: string;
  error?: string;
  lines?: { text: string | null }[];
  buffer_transcription?: string;
}

type Policy = 'SimulStreaming' | 'LocalAgreement';

/**
 * WhisperLiveKit's server with its own defaults and weights from this machine. SimulStreaming is its default policy; it wants the
 * decoder in PyTorch's format, which is made of the same numbers.
 */
export async function startWhisperLiveKit(
  python: string,
  ct2: string,
  language: string,
  policy: Policy,
): Promise<LiveServer> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const weights =
      policy === 'SimulStreaming'
        ? await forPyTorch(python, ct2, join(folder, 'base.pt'))
        : ['--backend-policy', 'localagreement', '--backend', 'faster-whisper', '--model_dir', ct2];
    const port = await freePort();
    const server = new PythonProcess(python, [
      '-m',
      'whisperlivekit.basic_server',
      ...['--host', '127.0.0.1', '--port', String(port)].concat('--pcm-input', '--lan', language),
      ...['--warmup-file', WARM_UP, '--log-level', 'WARNING'].concat(weights),
    ]);
    const url = `ws://127.0.0.1:${port}/asr`;
    const first = await server.until(connectWhenUp(url));
    first.terminate();
    return {
      name: `WhisperLiveKit, ${policy}`,
      pid: server.pid,
      format: 's16le',
      open: async (show) => openSession(await connectWhenUp(url), show),
      stop: () => server.stop().then(remove),
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function forPyTorch(python: string, ct2: string, file: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(python, [driver('ct2_to_openai.py'), ct2, file]);
  const heads = stdout.trim();
  const paths = ['--encoder-model-path', ct2, '--decoder-model-path', file];
  return [...paths, `--custom-alignment-heads=${heads}`];
}

async function openSession(socket: WebSocket, show: (screen: Screen) => void): Promise<LiveSession> {
  const done = new Promise<void>((resolve) => {
    socket.on('message', (data: Buffer) => {
      const { type, lines, buffer_transcription: open } = JSON.parse(data.toString()) as Message;
      if (type === 'ready_to_stop') resolve();
      if (lines)
        show({
          committed: lines
            .map(({ text }) => text ?? '')
            .join(' ')
            .trim(),
          open: open ?? '',
        });
    });
    socket.on('close', () => resolve());
  });
  return {
    write: (chunk) => socket.send(chunk),
    end: async () => {
      socket.send(new Uint8Array(0));
      await Promise.race([done, sleep(END_DEADLINE_MS, undefined, { ref: false })]);
      socket.terminate();
    },
  };
}
