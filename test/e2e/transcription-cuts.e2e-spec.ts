import { describe, expect, it } from '@jest/globals';
import { codedSpeech, heard, upTo } from '../support/coded-speech.js';
import { SpeakingClient } from '../support/speaking-client.js';
import { waitFor } from '../support/wait-for.js';
import { useTranscription } from '../support/start-transcription.js';

const WORDS = 80;

describe('a line that is cut in the middle of a word, for longer than any pause', () => {
  const gateway = useTranscription<SpeakingClient>(
    { WHISPER_INTERIM_MS: '100' },
    { TRANSCRIPTION_STALL_MS: '300', TRANSCRIPTION_RESUME_MS: '60000' },
    async (client) => {
      await client.giveUp();
      client.close();
    },
  );

  /** One utterance; no chunk ends where a word does. */
  async function speaker(space: number, words = WORDS): Promise<SpeakingClient> {
    const client = gateway.add(
      new SpeakingClient(gateway.url, {
        samples: codedSpeech(space, 1, words),
        chunkSamples: 1_000,
      }),
    );
    await client.start({ interim: true });
    return client;
  }

  /** Lasts until somebody who begins to pause now is taken to pause. */
  async function longerThanAPause(): Promise<void> {
    const clock = await speaker(99, 3);
    await clock.speak();
    await waitFor(() => clock.finals.length > 0, 'the end of an utterance by a pause');
  }

  it('loses no word, and leaves the utterance whole', async () => {
    const client = await speaker(1);
    await client.speak(5);
    client.cut();
    await longerThanAPause();
    const stored = await fetch(`${gateway.url}/transcription/sessions/${client.sessionId}`);
    expect(await stored.json()).toMatchObject({ state: 'live', text: '' });
    await client.resume();

    expect(heard(await client.finish(), 1)).toEqual({ numbers: upTo(WORDS), foreign: [] });
    expect(client.finals).toHaveLength(1);
  });

  it('loses no word when the server is not told of it, as when a phone leaves its network', async () => {
    const client = await speaker(6);
    await client.speak(5);
    client.stopReading();
    await longerThanAPause();
    client.cut();
    await client.resume();

    expect(heard(await client.finish(), 6)).toEqual({ numbers: upTo(WORDS), foreign: [] });
    expect(client.finals).toHaveLength(1);
  });

  it('shows what was said before it at once when the client is back', async () => {
    const client = await speaker(2);
    while (client.interims.length === 0 && !client.isSpoken) await client.speak(1);
    client.cut();
    await longerThanAPause();
    client.events.length = 0;
    await client.resume();

    await waitFor(() => client.interims.length > 0, 'the open utterance');
    expect(heard(client.interims[0]!.text, 2).numbers.length).toBeGreaterThan(0);
  });

  it('shows nothing of an utterance that is over', async () => {
    const client = await speaker(3, 5);
    await client.speak();
    await waitFor(() => client.finals.length === 1, 'the final');
    client.cut();
    client.events.length = 0;
    await client.resume(0);
    await waitFor(() => client.finals.length === 2, 'the final once more');
    await client.finish();

    expect(client.interims).toEqual([]);
  });

  it('finishes the utterance after a pause when the client is back, but silent', async () => {
    const client = await speaker(4);
    await client.speak(32);
    client.cut();
    await longerThanAPause();
    await client.resume();

    await waitFor(() => client.finals.length === 1, 'the final');
    expect(heard(client.text, 4).numbers).toEqual(upTo(10));
  });
});

describe('a line that is cut for good in the middle of an utterance', () => {
  const gateway = useTranscription<SpeakingClient>({}, { TRANSCRIPTION_RESUME_MS: '500' });

  it('has the utterance finished and stored', async () => {
    const client = gateway.add(new SpeakingClient(gateway.url, { samples: codedSpeech(5, 1, WORDS) }));
    await client.start();
    await client.speak(8);
    client.cut();

    const path = `${gateway.url}/transcription/sessions/${client.sessionId}`;
    await waitFor(
      async () => ((await (await fetch(path)).json()) as { state: string }).state === 'ended',
      'the end',
    );
    expect(heard(await (await fetch(`${path}?format=txt`)).text(), 5).numbers).toEqual(upTo(10));
  });
});
