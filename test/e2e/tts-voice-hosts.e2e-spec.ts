import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import type { VoiceHosts } from '../../src/tts/providers/sherpa/host/voice-hosts.js';
import { readVoiceFolder, type NeuralVoice } from '../../src/tts/providers/sherpa/voices/voice-folder.js';
import { startVoiceHosts } from '../support/start-voice-hosts.js';
import { ENDLESS, FAILING } from '../support/tone-voice.js';
import { waitFor } from '../support/wait-for.js';

const MODELS = fileURLToPath(new URL('../fixtures/models', import.meta.url));
const never = (): AbortSignal => new AbortController().signal;

describe('The processes of neural voices', () => {
  let voice: NeuralVoice;
  let sut: VoiceHosts;

  beforeAll(() => {
    voice = readVoiceFolder(MODELS, 'tone-voice');
  });
  afterEach(() => sut.close());

  const speak = (text: string, signal = never(), key = voice.key): ReturnType<VoiceHosts['speak']> =>
    sut.speak({ voiceKey: key, files: voice.files, text, speaker: 0, speed: 1 }, signal);
  const whenAtWork = (): Promise<void> => waitFor(() => sut.speaking > 0, 'a sentence to be begun');

  it('speaks a sentence again when its process is killed', async () => {
    sut = startVoiceHosts();
    await speak('back');
    const [killed] = sut.pids;
    const spoken = speak('home');
    process.kill(killed!, 'SIGKILL');

    expect((await spoken).samples.length).toBeGreaterThan(0);
    expect(sut.pids).not.toContain(killed);
    expect(sut.ends).toBe(1);
  });

  it('gives a sentence up whose process is killed twice, and speaks the next one', async () => {
    sut = startVoiceHosts();
    await speak('back');
    const spoken = speak(ENDLESS);
    spoken.catch(() => undefined);
    const [first] = sut.pids;
    process.kill(first!, 'SIGKILL');
    await waitFor(() => sut.pids.length === 1 && sut.pids[0] !== first, 'another process');
    process.kill(sut.pids[0]!, 'SIGKILL');

    await expect(spoken).rejects.toMatchObject({ code: 'ended' });
    expect((await speak('back')).samples.length).toBeGreaterThan(0);
  });

  it('is stopped by the death of its process when a sentence does not end', async () => {
    sut = startVoiceHosts();
    await speak('back');
    const [stuck] = sut.pids;
    const listener = new AbortController();
    const spoken = speak(ENDLESS, listener.signal);
    await whenAtWork();
    listener.abort();

    await expect(spoken).rejects.toBe(listener.signal.reason);
    await waitFor(() => !sut.pids.includes(stuck!), 'the process to be killed');
    expect((await speak('back')).samples.length).toBeGreaterThan(0);
  });

  it('keeps its process when a sentence that nobody wants ends by itself', async () => {
    sut = startVoiceHosts({ stopMs: 60_000 });
    await speak('back');
    const listener = new AbortController();
    const spoken = speak('back home. '.repeat(200), listener.signal);
    listener.abort();

    await expect(spoken).rejects.toBe(listener.signal.reason);
    await speak('back');
    expect(sut.ends).toBe(0);
  });

  it.each([
    ['does not end', ENDLESS],
    ['fails without a word', FAILING],
  ])('is replaced after the longest time for a sentence that %s', async (_what, text) => {
    sut = startVoiceHosts({ sentenceTimeoutMs: 2_000 });
    await speak('back');

    await expect(speak(text)).rejects.toMatchObject({ code: 'timeout' });
    expect((await speak('back')).samples.length).toBeGreaterThan(0);
  });

  it('is ended when it hangs', async () => {
    sut = startVoiceHosts({ hungMs: 2_000 });
    await speak('back');
    const [hung] = sut.pids;
    process.kill(hung!, 'SIGSTOP');

    expect((await speak('back')).samples.length).toBeGreaterThan(0);
    expect(sut.pids).not.toContain(hung);
  });

  it('tells that a voice does not load', async () => {
    sut = startVoiceHosts();
    const files = { ...voice.files, tokens: voice.files.model };

    await expect(
      sut.speak({ voiceKey: 'broken', files, text: 'back', speaker: 0, speed: 1 }, never()),
    ).rejects.toMatchObject({ code: 'load' });
    expect((await speak('back')).samples.length).toBeGreaterThan(0);
  });

  it('starts no more processes than it may, and leaves nobody waiting', async () => {
    sut = startVoiceHosts({ hosts: 2 });

    const spoken = await Promise.all(['a.', 'bc.', 'def.', 'ghij.', 'klmno.'].map((text) => speak(text)));

    expect(sut.pids).toHaveLength(2);
    const lengths = spoken.map(({ samples }) => samples.length);
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
  });

  it('forgets a listener that leaves while it waits', async () => {
    sut = startVoiceHosts({ stopMs: 60_000 });
    await speak('back');
    const atWork = new AbortController();
    const first = speak(ENDLESS, atWork.signal);
    first.catch(() => undefined);
    const waiting = new AbortController();
    const second = speak('home', waiting.signal);
    waiting.abort();

    await expect(second).rejects.toBe(waiting.signal.reason);
    sut.close();
    await expect(first).rejects.toMatchObject({ code: 'ended' });
  });

  it('drops the voice that was used longest ago', async () => {
    sut = startVoiceHosts({ maxVoices: 2 });
    for (const key of ['one', 'two', 'three']) await speak('back', never(), key);

    expect(sut.loadedVoices).toEqual([['three', 'two']]);
    expect(sut.residentBytes).toBeGreaterThan(10_000_000);
  });
});
