import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { fromProject } from '../../src/config/project-paths.js';
import type { LiveServer, LiveSession, Screen } from './live-server.js';
import { connectWhenUp, freePort, PythonProcess } from './python-process.js';

const END_DEADLINE_MS = 30_000;
const WARM_UP = fromProject('test/fixtures/speech/jfk.wav');

interface Message {
  type?: string;
  error?: string;
  lines?: { text: string | null }[];
  buffer_transcription?: string;
}

/**
 * WhisperLiveKit's server with its own defaults, but for the policy: its default one wants OpenAI's weights in PyTorch's format, which
 * a folder of CTranslate2 does not have.
 */
export async function startWhisperLiveKit(
  python: string,
  ct2: string,
  language: string,
): Promise<LiveServer> {
  const port = await freePort();
  const policy = '--backend-policy localagreement --backend faster-whisper --pcm-input --log-level WARNING';
  const server = new PythonProcess(python, [
    '-m',
    'whisperlivekit.basic_server',
    ...['--host', '127.0.0.1', '--port', String(port)].concat(policy.split(' ')),
    ...['--lan', language, '--model_dir', ct2].concat('--warmup-file', WARM_UP),
  ]);
  const url = `ws://127.0.0.1:${port}/asr`;
  const first = await server.until(connectWhenUp(url));
  first.terminate();
  return {
    name: 'WhisperLiveKit, LocalAgreement',
    pid: server.pid,
    format: 's16le',
    open: async (show) => openSession(await connectWhenUp(url), show),
    stop: () => server.stop(),
  };
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
