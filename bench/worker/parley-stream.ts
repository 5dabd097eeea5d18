import { captionChange } from '../../src/whisper-worker/interim/caption-flicker.js';
import { WorkerClient } from '../../test/support/worker-client.js';
import { heardAt, paced, speech } from './paced-speech.js';

export interface StreamFigures {
  /** From the end of a sentence to its final, ms. */
  finalMs: number[];
  /** Age of the newest sample in an interim when it arrives, ms. */
  interimMs: number[];
  emitted: number;
  retracted: number;
  text: string;
}

/** One speaker at a Parley worker; undefined when there is no place for them. */
export async function parleyStream(port: number): Promise<StreamFigures | undefined> {
  const { samples, sentences } = speech();
  const figures: StreamFigures = { finalMs: [], interimMs: [], emitted: 0, retracted: 0, text: '' };
  const client = await WorkerClient.connect(port);
  client.hello({ options: { language: 'en', interim: true } });
  const isAccepted = await client.next('ready').then(
    () => true,
    () => false,
  );
  if (!isAccepted) return undefined;
  const startedAt = performance.now();
  let shown = '';
  const show = (text: string): void => {
    const { emitted, retracted } = captionChange(shown, text);
    figures.emitted += emitted;
    figures.retracted += retracted;
    shown = text;
  };
  client.socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as { type: string; text: string; end: number };
    const now = performance.now();
    if (message.type === 'interim') {
      figures.interimMs.push(now - heardAt(message.end, startedAt));
      show(message.text);
    } else if (message.type === 'final') {
      const sentence = sentences.findLast(({ end }) => end <= message.end);
      if (sentence) figures.finalMs.push(now - heardAt(sentence.end, startedAt));
      show(message.text);
      shown = '';
    }
  });
  for await (const frame of paced(samples, startedAt)) client.send(frame);
  await client.end();
  figures.text = client.text;
  return figures;
}
