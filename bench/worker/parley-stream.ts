import { captionChange } from '../../src/whisper-worker/interim/caption-flicker.js';
import type { WorkerMessage } from '../../src/whisper-protocol/messages.js';
import { WorkerClient } from '../../test/support/worker-client.js';
import { heardAt, paced, type Speech } from './paced-speech.js';

const SILENCE_MS = { complete: 400, unknown: 500, open: 1_200 } as const;

export interface StreamFigures {
  /** From the end of a sentence to its final, ms. */
  finalMs: number[];
  /** Of it, the silence that was waited for. */
  silenceMs: number[];
  /** Age of the newest sample in an interim when it arrives, ms. */
  interimMs: number[];
  emitted: number;
  retracted: number;
  /** Characters of finals, and of them those that the last interim had shown. */
  said: number;
  shown: number;
  text: string;
}

export function noFigures(): StreamFigures {
  return { finalMs: [], silenceMs: [], interimMs: [], emitted: 0, retracted: 0, said: 0, shown: 0, text: '' };
}

/** One speaker at a Parley worker; undefined when there is no place for them. */
export async function parleyStream(
  port: number,
  { samples, spokenUntil }: Speech,
): Promise<StreamFigures | undefined> {
  const figures = noFigures();
  const client = await WorkerClient.connect(port);
  client.hello({ options: { language: 'en', interim: true } });
  const isAccepted = await client.next('ready').then(
    () => true,
    () => false,
  );
  if (!isAccepted) return undefined;
  const startedAt = performance.now();
  let shown = '';
  /** Silence behind the last speech when the worker said that it had ended. */
  let silentMs = 0;
  const show = (text: string): number => {
    const { emitted, retracted } = captionChange(shown, text);
    figures.emitted += emitted;
    figures.retracted += retracted;
    shown = text;
    return text.length - emitted;
  };
  client.socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as WorkerMessage;
    const now = performance.now();
    if (message.type === 'speech' && message.state === 'end') {
      silentMs = now - heardAt(message.at, startedAt);
    } else if (message.type === 'interim') {
      figures.interimMs.push(now - heardAt(message.end, startedAt));
      show(message.text);
    } else if (message.type === 'final') {
      const spoken = spokenUntil(message.start, message.end);
      if (spoken !== undefined) {
        figures.finalMs.push(now - heardAt(spoken, startedAt));
        figures.silenceMs.push(appliedSilenceMs(silentMs, message.text));
      }
      figures.said += message.text.length;
      figures.shown += show(message.text);
      shown = '';
    }
  });
  for await (const frame of paced(samples, startedAt)) client.send(frame);
  await client.end();
  figures.text = client.text;
  return figures;
}

/** The silence that ended an utterance is one of three by the defaults of a worker: the longest that had passed, and that fits the text. */
function appliedSilenceMs(silentMs: number, text: string): number {
  if (silentMs >= SILENCE_MS.open) return SILENCE_MS.open;
  return /[.?!]$/.test(text) ? SILENCE_MS.complete : SILENCE_MS.unknown;
}
