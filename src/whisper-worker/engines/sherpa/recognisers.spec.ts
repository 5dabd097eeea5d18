import { describe, expect, it } from '@jest/globals';
import type { RecogniserKey } from '../../engine.js';
import type { ModelFiles } from './model-folder.js';
import { Recognisers, type LoadRecogniser } from './recognisers.js';

const BASE = files('base');

function files(name: string): ModelFiles {
  return {
    encoder: `${name}/encoder.onnx`,
    decoder: 'd',
    tokens: 't',
    tailPaddingFrames: 100,
    contextFrames: 0,
  };
}

function key(language: string, words = false): RecogniserKey {
  return { language, task: 'transcribe', words };
}

describe(Recognisers.name, () => {
  /** What each loaded model is set to, in the order in which they were loaded. */
  const set: string[] = [];

  const load: LoadRecogniser = async ({ modelConfig: { whisper } }) => {
    const at = set.push(whisper.language) - 1;
    return {
      setConfig: (config) => (set[at] = config.modelConfig.whisper.language),
      createStream: () => ({ acceptWaveform: () => undefined }),
      decodeAsync: async () => ({ text: set[at]!, lang: '', tokens: [], timestamps: [], durations: [] }),
    };
  };

  function recognisers(max = 4): Recognisers {
    set.length = 0;
    return new Recognisers(max, load);
  }

  /** The language that a decode finds set, before and after `pause`. */
  async function hear(
    sut: Recognisers,
    language: string,
    pause?: Promise<void>,
    model = BASE,
  ): Promise<string[]> {
    return sut.use(model, key(language), async (recogniser) => {
      const before = await recogniser.decodeAsync(recogniser.createStream());
      await pause;
      const after = await recogniser.decodeAsync(recogniser.createStream());
      return [before.text, after.text];
    });
  }

  it('decodes every language with one loaded model, one after the other', async () => {
    const sut = recognisers();

    expect([await hear(sut, 'en'), await hear(sut, 'ko'), await hear(sut, 'auto')]).toEqual([
      ['en', 'en'],
      ['ko', 'ko'],
      ['', ''],
    ]);
    expect(set).toHaveLength(1);
  });

  it('shares a loaded model between decodes of one language', async () => {
    const sut = recognisers();
    await Promise.all([hear(sut, 'en'), hear(sut, 'en')]);

    expect(set).toHaveLength(1);
  });

  it('leaves the language of a running decode alone, and loads another copy for the other language', async () => {
    const sut = recognisers();
    let go = (): void => undefined;
    const running = hear(sut, 'en', new Promise((resolve) => (go = resolve)));
    const other = await hear(sut, 'ko');
    go();

    expect({ other, running: await running }).toEqual({ other: ['ko', 'ko'], running: ['en', 'en'] });
    expect(set).toHaveLength(2);
  });

  it('is free for another language after a decode that failed', async () => {
    const sut = recognisers();
    await expect(sut.use(BASE, key('en'), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await hear(sut, 'ko');

    expect(set).toHaveLength(1);
  });

  it('prepares by loading the model once, whatever the language', async () => {
    const sut = recognisers();
    await Promise.all([sut.prepare(BASE, key('en')), sut.prepare(BASE, key('ko', true))]);
    await hear(sut, 'en');

    expect(set).toEqual(['en']);
  });

  it('drops the model used longest ago when there are too many', async () => {
    const sut = recognisers(2);
    for (const name of ['a', 'b', 'a', 'c', 'a']) await hear(sut, 'en', undefined, files(name));

    expect(sut.size).toBe(2);
    expect(set).toHaveLength(3);
  });

  it('loads again after a load that failed', async () => {
    let hasFailed = false;
    const sut = new Recognisers(1, async (config) => {
      if (hasFailed) return load(config);
      hasFailed = true;
      throw new Error('no');
    });
    await expect(sut.prepare(BASE, key('en'))).rejects.toThrow('no');

    await expect(hear(sut, 'ko')).resolves.toEqual(['ko', 'ko']);
  });
});
