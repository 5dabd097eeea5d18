import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { startProduct, type RunningProcess } from '../../scripts/start-product.js';
import { callerLimitsSchema } from '../../src/auth/caller-limits.js';
import { fromProject } from '../../src/config/project-paths.js';
import { configurationOf } from '../../src/configuration.js';
import { launchChromium } from '../support/chromium.js';
import { CutOnce } from '../support/docs/cut-once.js';
import { copyProject } from '../support/docs/project-copy.js';
import { runProcess, type Outcome } from '../support/docs/run-process.js';
import { kindsOf, snippetsThatAre } from '../support/docs/snippet-kinds.js';
import { SnippetPage } from '../support/docs/snippet-page.js';
import { readPaths, readSnippets, snippetsOf, type Snippet } from '../support/docs/snippets.js';
import { describeWith, MACHINE_PATH } from '../support/programs.js';
import { sample, transcriptOf } from '../support/samples.js';
import { CaptionClient } from '../support/socket-client.js';
import { startTestWorker } from '../support/start-test-worker.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';
import { WorkerClient } from '../support/worker-client.js';

const KEY = 'key-of-the-docs';
const CLIP = 'three-sentences.wav';
const CLIP_SECONDS = 5.01;

describe('the documentation', () => {
  it('shows no code that is neither run here nor says why not', () => {
    const snippets = readSnippets();

    const unproven = snippets.filter(
      (snippet) => snippet.notRun === undefined && kindsOf(snippet).length === 0,
    );

    expect(snippets.length).toBeGreaterThan(10);
    expect(unproven.map(({ place, code }) => `${place}\n${code}`)).toEqual([]);
  });

  it('names no file of the project that is not there', () => {
    const paths = readPaths();
    // `src/*/providers/` stands for several folders: what comes before the star is there.
    const missing = paths.filter(({ path }) => !existsSync(fromProject(path.replace(/\*.*$/, ''))));

    expect(paths.length).toBeGreaterThan(50);
    expect(missing).toEqual([]);
  });

  it('is read fence by fence, wherever a fence stands', () => {
    const page =
      'a\n\n<!-- not run: it costs money -->\n\n```sh\npay\n```\n\n- x\n  ````js\n  a()\n  ````\n```text\nb\n```\n';

    expect(snippetsOf('page.md', page)).toEqual([
      { place: 'page.md:5', language: 'sh', code: 'pay\n', notRun: 'it costs money' },
      { place: 'page.md:10', language: 'js', code: 'a()\n', notRun: undefined },
    ]);
  });
});

describe('a snippet of the documentation', () => {
  const folders: TemporaryFolder[] = [];
  let product: RunningProcess;

  beforeAll(async () => {
    product = await startProduct({ TTS_CACHE_BYTES: '0' });
  }, 60_000);

  afterEach(async () => {
    for (const folder of folders.splice(0)) await folder.remove();
  });

  afterAll(() => product.stop());

  const portOf = ({ url }: RunningProcess): string => new URL(url).port;

  /** The snippet as it is, but for the port. */
  const codeFor = ({ code }: Snippet, to = product): string =>
    code.replaceAll(/(localhost|127\.0\.0\.1):3000/g, `localhost:${portOf(to)}`);

  async function copyWith(files: Record<string, string>): Promise<string> {
    const folder = await copyProject(files);
    folders.push(folder);
    return folder.path;
  }

  async function node(cwd: string, script: string): Promise<Outcome> {
    await writeFile(join(cwd, 'run.mjs'), script);
    return runProcess(process.execPath, ['run.mjs'], { cwd, env: { PATH: process.env.PATH } });
  }

  describeWith('curl')('of the shell', () => {
    it.each(snippetsThatAre('curl'))('is answered with a success, %s', async (_place, snippet) => {
      // Nothing in the snippet looks at the status: curl is told by its own file of options.
      const cwd = await copyWith({ '.curlrc': 'fail\nsilent\nshow-error\n' });
      const before = await readdir(cwd);
      const outcome = await runProcess('/bin/sh', ['-e', '-c', codeFor(snippet)], {
        cwd,
        env: { PATH: MACHINE_PATH, HOME: cwd, CURL_HOME: cwd },
      });
      const written = (await readdir(cwd)).filter((name) => !before.includes(name));
      const sizes = await Promise.all(written.map(async (name) => (await readFile(join(cwd, name))).length));

      expect(outcome).toMatchObject({ code: 0, stderr: '' });
      expect(outcome.stdout).not.toMatch(/event: failed/);
      expect(Math.max(outcome.stdout.length, ...sizes)).toBeGreaterThan(100);
    });
  });

  describeWith('chromium')('in a page', () => {
    let browser: Browser;

    beforeAll(async () => {
      browser = await launchChromium(`${fromProject(`samples/${CLIP}`)}%noloop`);
    });

    afterAll(() => browser.close());

    it.each(snippetsThatAre('page'))('plays what it shows, %s', async (_place, snippet) => {
      const sut = await SnippetPage.open(browser, codeFor(snippet));
      try {
        const played = await sut.page.evaluate(`Promise.all(
          [...document.querySelectorAll('audio, video')].map((media) => new Promise((resolve, reject) => {
            media.addEventListener('ended', () => resolve(media.duration));
            media.addEventListener('error', () => reject(new Error(media.error.message)));
            if (media.error) reject(new Error(media.error.message));
            media.playbackRate = 4;
            media.play().catch(reject);
          })))`);

        expect(played).toEqual([expect.any(Number)]);
        expect(sut.faults).toEqual([]);
      } finally {
        await sut.close();
      }
    });

    it.each(snippetsThatAre('tokenPage'))(
      'speaks, reads and connects by a token that the backend beside it has made, %s',
      async (_place, snippet) => {
        const [[, backend] = []] = snippetsThatAre('tokenBackend');
        const hash = createHash('sha256').update(KEY).digest('hex');
        const own = await startProduct({ API_KEYS: `docs:${hash}`, TTS_CACHE_BYTES: '0' });
        const cwd = await copyWith({ 'backend.mjs': codeFor(backend!, own) });
        const { stdout: token } = await node(
          cwd,
          `process.env.PARLEY_KEY = '${KEY}';
          const { tokenForPage } = await import('./backend.mjs');
          process.stdout.write(await tokenForPage());`,
        );
        const sut = await SnippetPage.open(browser, codeFor(snippet, own), { '/parley-token': token });
        try {
          const whole = await fetch(`${own.url}/chat?text=Hello`, {
            headers: { Accept: 'application/json', Authorization: `Bearer ${KEY}` },
          });
          const { text } = (await whole.json()) as { text: string };
          await waitFor(
            async () => (await sut.page.locator('#words').textContent()) === text || sut.faults.length > 0,
            'every word of the answer',
          );
          await waitFor(() => sut.lines.includes('connected') || sut.faults.length > 0, 'the socket');
          const played = await sut.page.evaluate(`new Promise((resolve, reject) => {
            const speech = document.getElementById('speech');
            speech.addEventListener('ended', () => resolve('ended'));
            speech.addEventListener('error', () => reject(new Error(speech.error.message)));
            if (speech.error) reject(new Error(speech.error.message));
            speech.playbackRate = 4;
            speech.play().catch(reject);
          })`);

          expect({ played, faults: sut.faults }).toEqual({ played: 'ended', faults: [] });
        } finally {
          await sut.close();
          await own.stop();
        }
      },
      120_000,
    );

    it.each(snippetsThatAre('captions'))(
      'shows every word of a recording, the last one too, %s',
      async (_place, snippet) => {
        const hash = createHash('sha256').update(KEY).digest('hex');
        const own = /\bkey\b/.test(snippet.code)
          ? await startProduct({ FEATURES: 'transcription', API_KEYS: `docs:${hash}` })
          : undefined;
        const sut = await SnippetPage.open(browser, preludeFor(portOf(own ?? product)));
        try {
          await sut.page.addScriptTag({ type: 'module', content: codeFor(snippet, own) });
          await sut.page.evaluate(SPEAK_AND_STOP);
          const shown = (): string => sut.lines.filter((line) => /^[A-Z]/.test(line)).join(' ');
          await waitFor(() => shown() === transcriptOf(CLIP) || sut.faults.length > 0, 'the last word').catch(
            () => undefined,
          );

          expect({ shown: shown(), faults: sut.faults }).toEqual({ shown: transcriptOf(CLIP), faults: [] });
        } finally {
          await sut.close();
          await own?.stop();
        }
      },
      120_000,
    );
  });

  it.each(snippetsThatAre('chatClient'))(
    'reads an answer to its end over a line that breaks, %s',
    async (_place, { code }) => {
      const line = await CutOnce.start(Number(portOf(product)), 600);
      try {
        const cwd = await copyWith({ 'client.mjs': code });
        const { stdout, stderr } = await node(
          cwd,
          `import { chat } from './client.mjs';
          for await (const event of chat('${line.url}', { text: 'Good morning' })) console.log(JSON.stringify(event));`,
        );
        const events = stdout
          .trim()
          .split('\n')
          .map((each) => JSON.parse(each) as { event: string; text?: string });
        const whole = await fetch(`${product.url}/chat?text=Good%20morning`, {
          headers: { Accept: 'application/json' },
        });

        expect(stderr).toBe('');
        expect(line).toMatchObject({ isCut: true, connections: 2 });
        expect(
          events
            .filter(({ event }) => event === 'delta')
            .map(({ text }) => text)
            .join(''),
        ).toBe(((await whole.json()) as { text: string }).text);
        expect(events.at(-1)).toMatchObject({ event: 'done' });
      } finally {
        await line.close();
      }
    },
  );

  it.each(snippetsThatAre('template'))('is a template that answers, %s', async (_place, { code }) => {
    const cwd = await copyWith({ 'dist/chat/templates/of-the-docs.template.js': code });
    const { stdout, stderr } = await node(
      cwd,
      `import { TemplateCatalogue } from './dist/chat/templates/template-catalogue.js';
      const template = (await TemplateCatalogue.load()).get('of-the-docs');
      const variables = template.variables.parse({ text: 'Hello', language: 'ko' });
      await template.run(variables, { answer: async (asked) => console.log(JSON.stringify(asked)) });`,
    );

    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ system: expect.stringMatching(/Korean|ko/), user: 'Hello' });
  });

  it.each(snippetsThatAre('decoder'))('decodes a recording, %s', async (_place, { code }) => {
    const cwd = await copyWith({});
    const { stdout, stderr } = await node(
      cwd,
      `import { createReadStream } from 'node:fs';
      import { createAudioDecoder } from './dist/audio/create-audio-decoder.js';
      import { locateFfmpeg } from './dist/audio/ffmpeg/locate-ffmpeg.js';
      const chunks = createReadStream('samples/${CLIP}');
      let samples = 0;
      const write = (block) => { samples += block.length; };
      { ${code} }
      console.log(samples);`,
    );

    expect(stderr).toBe('');
    expect(Number(stdout) / 16_000).toBeCloseTo(CLIP_SECONDS, 1);
  });

  it.each(snippetsThatAre('hello'))('opens a session of a worker, %s', async (_place, { code }) => {
    const hello = JSON.parse(code) as { token: string; epoch: number };
    const worker = await startTestWorker({ WHISPER_ENGINE: 'fake', WHISPER_TOKEN: hello.token });
    try {
      const client = await WorkerClient.connect(worker.port);
      client.hello(hello);

      expect(await client.next('ready')).toMatchObject({ epoch: hello.epoch });
      client.terminate();
    } finally {
      await worker.close();
    }
  });

  it.each(snippetsThatAre('transcripts'))('is how transcripts are listed, %s', async (_place, { code }) => {
    for (const label of ['first', 'second']) {
      const client = new CaptionClient(product.url);
      await client.transcribe(sample('hello-world.wav'), { label });
      client.close();
    }
    const list = await fetch(`${product.url}/transcription/sessions?limit=1`);

    expect(shapeOf(await list.json())).toEqual(shapeOf(JSON.parse(code)));
  });

  it.each(snippetsThatAre('keys'))('makes and revokes keys, %s', async (_place, { code }) => {
    const folder = await temporaryFolder();
    folders.push(folder);
    const { code: status, stdout } = await runProcess('/bin/sh', ['-e', '-c', code], {
      cwd: fromProject(''),
      env: { PATH: process.env.PATH, PARLEY_ENV_FILE: 'none', API_KEYS_FILE: join(folder.path, 'keys.json') },
    });

    expect(stdout).toMatch(/parley-[\w-]{32}/);
    expect(status).toBe(0);
  });

  it.each(snippetsThatAre('limits'))('are limits of a key, %s', (_place, { code }) => {
    const limits: unknown = JSON.parse(code);

    expect(callerLimitsSchema.parse(limits)).toEqual(limits);
  });

  const environments = snippetsThatAre('environment');
  if (environments.length > 0)
    it.each(environments)('is a configuration, %s', (_place, { code }) => {
      expect(() => configurationOf(parseEnv(code))).not.toThrow();
    });
});

/** The names of all fields, with the kind of what is in them. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shapeOf(each)]));
}

/**
 * What the captions of the documentation may take as given: Socket.io's client, a recorder, a key and something that shows text.
 * The clip plays from the moment when somebody opens the microphone.
 */
function preludeFor(port: string): string {
  return `<script src="http://localhost:${port}/socket.io/socket.io.js"></script><script>
    const recorders = [];
    window.MediaRecorder = class extends MediaRecorder {
      constructor(...given) { super(...given); recorders.push(this); }
    };
    const context = new AudioContext();
    const line = context.createMediaStreamDestination();
    const recorder = new MediaRecorder(line.stream);
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    let openedAt;
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      // A person takes longer to allow the microphone than a socket takes to connect.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const microphone = await open(wanted);
      await context.resume();
      openedAt = context.currentTime;
      return microphone;
    };
    const key = '${KEY}';
    const show = (text) => console.log(text);
  </script>`;
}

/**
 * Speaks when the snippet listens, with its own recorder or with the given one, and stops right behind the last word. The given one
 * makes slices of a second: the last word comes with the slice that stopping makes.
 */
const SPEAK_AND_STOP = `(async () => {
  const turn = () => new Promise((resolve) => setTimeout(resolve, 20));
  let used;
  while (!used) {
    used = recorders.find((each) => each.state === 'recording' || (each === recorder && each.ondataavailable));
    await turn();
  }
  if (used === recorder) {
    if (used.state === 'inactive') used.start(1000);
    const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
    context.createMediaStreamSource(microphone).connect(line);
  }
  while (context.currentTime < openedAt + ${CLIP_SECONDS}) await turn();
  used.stop();
})()`;
