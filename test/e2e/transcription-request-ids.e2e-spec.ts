import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startProduct, startWorker, type RunningProcess } from '../../scripts/start-product.js';
import { encodeWords } from '../../src/whisper-worker/engines/fake/coded-words.js';
import { Poison, POISON_SPACE } from '../../src/whisper-worker/engines/fake/fake-engine.js';
import { CaptionClient } from '../support/socket-client.js';
import { waitFor } from '../support/wait-for.js';

const REQUEST_ID = 'lecture-of-monday';

interface Entry {
  msg: string;
  requestId?: string;
  sessionId?: string;
}

/** Gateway and worker, each a process with a log of its own. */
describe('the id of a request', () => {
  let worker: RunningProcess;
  let gateway: RunningProcess;
  let client: CaptionClient;

  beforeAll(async () => {
    worker = await startWorker({ WHISPER_ENGINE: 'fake' });
    gateway = await startProduct({
      FEATURES: 'transcription',
      WHISPER_WORKERS: `${worker.url.replace('http', 'ws')}/ws`,
    });
    client = new CaptionClient(gateway.url, { extraHeaders: { 'X-Request-Id': REQUEST_ID } });
  });

  afterAll(async () => {
    client.close();
    await gateway.stop();
    await worker.stop();
  });

  const entriesOf = (process: RunningProcess): Entry[] =>
    process
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Entry)
      .filter(({ requestId }) => requestId === REQUEST_ID);
  const messagesOf = (process: RunningProcess): string[] => entriesOf(process).map(({ msg }) => msg);

  it('is in what both processes log of a live session that fails', async () => {
    const { sessionId } = await client.start({ format: { codec: 's16le', sampleRate: 16_000, channels: 1 } });
    const failed = client.next('session:error');
    const words = encodeWords([{ space: POISON_SPACE, number: Poison.fail }]);
    await client.audio(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
    await client.ask('session:end', {});

    expect(await failed).toMatchObject({ sessionId, code: 'internal' });
    await waitFor(() => messagesOf(worker).includes('Session failed'), 'the entry of the worker');
    await waitFor(
      () => messagesOf(gateway).includes('Whisper worker reported an error'),
      'the entry of the gateway',
    );
    expect(messagesOf(worker)).toContain('Session opened');
    for (const entry of [...entriesOf(worker), ...entriesOf(gateway)])
      expect(entry.sessionId).toBe(sessionId);
  });
});
