import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { hashOf, keyIdOf } from '../../src/auth/keys/api-key.js';
import { writeKeyFile } from '../../src/auth/keys/key-file.js';
import { KeyRing } from '../../src/auth/keys/key-ring.js';
import { encodeWords } from '../../src/whisper-worker/engines/fake/coded-words.js';
import { mintToken } from '../support/mint-token.js';
import { CaptionClient, type Answer } from '../support/socket-client.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { wavFile } from '../support/wav-file.js';

const PCM = { codec: 's16le', sampleRate: 16_000, channels: 1 } as const;
const END = '2100-01-01T00:00:00.000Z';
const JOB = { arrStart: [], arrEnd: [], unProcessedText: [['word', 'comment', '']], sumText: '' };

/** The end of the key is moved in memory, so that no test waits for a clock: one that is written into the file when it is over is a revocation. */
describe('on a socket that is open, a key that has expired', () => {
  let folder: TemporaryFolder;
  let sut: RunningApp;
  const clients: CaptionClient[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder();
    const file = `${folder.path}/keys.json`;
    const sha256 = hashOf('key-of-acme').toString('hex');
    await writeKeyFile(file, [
      { name: 'web', tenant: 'acme', sha256, scopes: ['chat', 'transcription'], expiresAt: END },
    ]);
    sut = await startApp({
      FEATURES: 'chat,transcription',
      CHAT_PROVIDER: 'scripted',
      WHISPER_ENGINE: 'fake',
      API_KEYS_FILE: file,
    });
  });

  afterEach(() => {
    endsAt(Date.parse(END));
    for (const client of clients.splice(0)) client.close();
  });

  afterAll(async () => {
    await sut.close();
    await folder.remove();
  });

  function endsAt(expiresAtMs: number): void {
    sut.app.get(KeyRing).find(keyIdOf(hashOf('key-of-acme')))!.expiresAtMs = expiresAtMs;
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
      endsAt(Date.now());

      expect(await begin(late)).toMatchObject({ ok: false, code: 'unauthorized' });
    });

    it('resumes no session, and ends none that runs', async () => {
      const [client, other] = [await socketWith(await credential()), await socketWith(await credential())];
      const { sessionId, resumeToken } = await client.start({ format: PCM });
      endsAt(Date.now());

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
