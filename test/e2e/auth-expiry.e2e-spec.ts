import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { hashOf, keyIdOf } from '../../src/auth/keys/api-key.js';
import { writeKeyFile } from '../../src/auth/keys/key-file.js';
import { KeyRing } from '../../src/auth/keys/key-ring.js';
import { encodeWords } from '../../src/whisper-worker/engines/fake/coded-words.js';
import { mintToken } from '../support/mint-token.js';
import { CaptionClient, type Answer } from '../support/socket-client.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';
import { wavFile } from '../support/wav-file.js';

const PCM = { codec: 's16le', sampleRate: 16_000, channels: 1 } as const;
const LATER = '2100-01-01T00:00:00.000Z';
const EARLIER = '2026-01-01T00:00:00.000Z';
const JOB = { arrStart: [], arrEnd: [], unProcessedText: [['word', 'comment', '']], sumText: '' };

/** The time of a key is moved to the past in the file of keys, so that no test waits for a clock. */
describe('on a socket that is open, a key that has expired', () => {
  let folder: TemporaryFolder;
  let sut: RunningApp;
  const clients: CaptionClient[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder();
    await endsAt(LATER);
    sut = await startApp({
      FEATURES: 'chat,transcription',
      CHAT_PROVIDER: 'scripted',
      WHISPER_ENGINE: 'fake',
      API_KEYS_FILE: path(),
    });
  });

  beforeEach(async () => {
    await endsAt(LATER);
    await keyBecomes('live');
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  afterAll(async () => {
    await sut.close();
    await folder.remove();
  });

  const path = (): string => `${folder.path}/keys.json`;

  async function endsAt(expiresAt: string): Promise<void> {
    const sha256 = hashOf('key-of-acme').toString('hex');
    await writeKeyFile(path(), [
      { name: 'web', tenant: 'acme', sha256, scopes: ['chat', 'transcription'], expiresAt },
    ]);
  }

  async function expires(): Promise<void> {
    await endsAt(EARLIER);
    await keyBecomes('expired');
  }

  /** Reads the file until it is so: a read that was under way may have seen the file as it was. */
  async function keyBecomes(state: 'live' | 'expired'): Promise<void> {
    const ring = sut.app.get(KeyRing);
    await waitFor(async () => {
      await ring.reload();
      return ring.isLive(keyIdOf(hashOf('key-of-acme'))) === (state === 'live');
    }, `the key to be ${state}`);
  }

  async function socketWith(token: string): Promise<CaptionClient> {
    const client = new CaptionClient(sut.url, { auth: { token } });
    clients.push(client);
    await client.connected();
    return client;
  }

  const CREDENTIALS: [string, () => Promise<string>][] = [
    ['itself', async () => 'key-of-acme'],
    ['as the key of a token', () => mintToken(sut.url, 'acme', { scopes: ['chat', 'transcription'] })],
  ];

  describe.each(CREDENTIALS)('%s', (_how, credential) => {
    it.each<[string, (client: CaptionClient) => Promise<Answer>]>([
      ['session', (client) => client.start({ format: PCM })],
      ['explanations', (client) => client.ask('nlProcessing', JOB)],
      [
        'recording of an original client',
        (client) => client.ask('transcription', wavFile(new Int16Array(16_000), 16_000)),
      ],
    ])('begins no %s', async (_what, begin) => {
      const [early, late] = [await socketWith(await credential()), await socketWith(await credential())];
      expect(await begin(early)).toMatchObject({ ok: true });
      await expires();

      expect(await begin(late)).toMatchObject({ ok: false, code: 'unauthorized' });
    });

    it('resumes no session, and ends none that runs', async () => {
      const [client, other] = [await socketWith(await credential()), await socketWith(await credential())];
      const { sessionId, resumeToken } = await client.start({ format: PCM });
      await expires();

      const resume = { sessionId, token: resumeToken, lastEventId: 0 };
      expect(await other.ask('session:start', { v: 1, resume })).toMatchObject({
        ok: false,
        code: 'unauthorized',
      });
      const done = client.next('session:done');
      const words = encodeWords([{ space: 1, number: 7 }]);
      await client.audio(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
      await client.ask('session:end', {});
      expect(await done).toMatchObject({ sessionId, finals: 1 });
    });
  });
});
