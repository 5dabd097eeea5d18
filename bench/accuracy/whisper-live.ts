import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { LiveServer, LiveSession, Screen } from './live-server.js';
import { connectWhenUp, driver, freePort, PythonProcess } from './python-process.js';

const END_DEADLINE_MS = 10_000;

interface Segment {
  start: string;
  text: string;
  completed: boolean;
}

interface Message {
  message?: string;
  status?: string;
  segments?: Segment[];
}

/** WhisperLive's server, with what its own client asks for by default. */
export async function startWhisperLive(python: string, ct2: string, language: string): Promise<LiveServer> {
  const port = await freePort();
  const server = new PythonProcess(python, [driver('whisper_live_server.py'), ct2, String(port)]);
  const url = `ws://127.0.0.1:${port}`;
  // The model is loaded for the first session.
  const first = await server.until(
    connectWhenUp(url).then((socket) => openSession(socket, language, () => undefined)),
  );
  await first.end();
  return {
    name: 'WhisperLive',
    pid: server.pid,
    format: 'f32le',
    open: async (show) => openSession(await connectWhenUp(url), language, show),
    stop: () => server.stop(),
  };
}

async function openSession(
  socket: WebSocket,
  language: string,
  show: (screen: Screen) => void,
): Promise<LiveSession> {
  const completed = new Map<string, string>();
  const ready = new Promise<void>((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      const { message, status, segments } = JSON.parse(data.toString()) as Message;
      if (status === 'ERROR' || status === 'WAIT') reject(new Error(`refused: ${message ?? status}`));
      if (message === 'SERVER_READY') resolve();
      if (!segments) return;
      // The last ten are sent again and again.
      for (const segment of segments) if (segment.completed) completed.set(segment.start, segment.text);
      const open = segments.filter(({ completed }) => !completed).map(({ text }) => text);
      show({ committed: [...completed.values()].join(' '), open: open.join(' ') });
    });
    socket.on('close', () => reject(new Error('closed before it was ready')));
    socket.on('error', reject);
  });
  const options = {
    uid: 'bench',
    language,
    task: 'transcribe',
    model: 'base',
    use_vad: true,
    send_last_n_segments: 10,
    no_speech_thresh: 0.45,
    clip_audio: false,
    same_output_threshold: 10,
  };
  socket.send(JSON.stringify(options));
  await ready;
  return {
    write: (chunk) => socket.send(chunk),
    end: async () => {
      socket.send(Buffer.from('END_OF_AUDIO'));
      if (socket.readyState !== WebSocket.CLOSED)
        await Promise.race([once(socket, 'close'), sleep(END_DEADLINE_MS, undefined, { ref: false })]);
      socket.terminate();
    },
  };
}
