import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fromProject } from '../../src/config/project-paths.js';
import { FakeHub } from '../support/fake-hub.js';
import { FakeProxy } from '../support/fake-proxy.js';
import { ModelsProcess } from '../support/models-process.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';

const FILES = ['tiny-decoder.int8.onnx', 'tiny-encoder.int8.onnx', 'tiny-tokens.txt'];
/** A dead port. */
const NOWHERE = 'http://127.0.0.1:9';
const TLS = fromProject('test/fixtures/tls');

describe('A process that pulls a model', () => {
  let hub: FakeHub;
  let folder: TemporaryFolder;
  const processes: ModelsProcess[] = [];

  beforeEach(async () => {
    hub = await FakeHub.start();
    hub.addModel('tiny');
    folder = await temporaryFolder();
  });

  afterEach(async () => {
    await Promise.all(processes.splice(0).map((each) => each.kill()));
    await hub.close();
    await folder.remove();
  });

  function pull(env: Record<string, string> = {}, limits = ''): ModelsProcess {
    const all = { MODELS_DIR: folder.path, MODELS_MIRROR: hub.url, ...env };
    const started = new ModelsProcess(['pull', 'tiny'], all, limits);
    processes.push(started);
    return started;
  }

  /** Every file is there, is what the hub has, and nothing else is there. */
  function expectWhole(from = hub): void {
    expect(readdirSync(join(folder.path, 'tiny')).toSorted()).toEqual(['model.json', ...FILES]);
    for (const file of FILES) {
      const content = from.files.get(`csukuangfj/sherpa-onnx-whisper-tiny/${file}`)!;
      expect(readFileSync(join(folder.path, 'tiny', file)).equals(content)).toBe(true);
    }
  }

  it('says in one line that the disk is full, keeps what has come, and goes on there', async () => {
    // No file may be larger than 200 blocks, which are 512 or 1024 bytes: the system fails the write as on a full disk.
    const full = pull({}, 'ulimit -f 200;');
    expect(await full.ended).toBe(1);
    expect(full.output).toMatch(/^The disk of .* is full \(\w+\)\. What has come is kept.*$/m);
    expect(full.output).not.toMatch(/ at .*\.js/);
    const sut = pull();
    expect(await sut.ended).toBe(0);
    expectWhole();
    expect(hub.requests[1]).toMatch(/^tiny-encoder.int8.onnx bytes=[1-9]\d*-$/);
  });

  it('says in one line that the folder cannot be written', async () => {
    const file = join(folder.path, 'a-file');
    writeFileSync(file, '');
    const sut = pull({ MODELS_DIR: file });
    expect(await sut.ended).toBe(1);
    expect(sut.output).toMatch(/a-file cannot be written \(\w+\)\..*MODELS_DIR/);
    expect(sut.output).not.toMatch(/ at .*\.js/);
  });

  describe('behind a proxy', () => {
    let proxy: FakeProxy;

    beforeEach(async () => {
      proxy = await FakeProxy.start(hub.port);
    });

    afterEach(() => proxy.close());

    it.each(['HTTP_PROXY', 'http_proxy'])('goes through that of %s', async (name) => {
      // Only the proxy knows this host.
      const sut = pull({ MODELS_MIRROR: 'http://hub.example', [name]: proxy.url() });
      expect(await sut.ended).toBe(0);
      expectWhole();
      expect(proxy.requests).toHaveLength(4);
      expect(proxy.requests[0]).toBe(
        'GET http://hub.example/api/models/csukuangfj/sherpa-onnx-whisper-tiny/tree/main?recursive=true',
      );
    });

    it('tells a proxy that asks for it who it is', async () => {
      const sut = pull({ MODELS_MIRROR: 'http://hub.example', HTTP_PROXY: proxy.url('parley:se%40cret') });
      expect(await sut.ended).toBe(0);
      const expected = `Basic ${Buffer.from('parley:se@cret').toString('base64')}`;
      expect([...proxy.authorisations]).toEqual([expected]);
      expect(sut.output).not.toMatch(/se(%40|@)cret/);
    });

    it('asks NO_PROXY hosts directly', async () => {
      const sut = pull({ HTTP_PROXY: NOWHERE, HTTPS_PROXY: NOWHERE, NO_PROXY: 'localhost,127.0.0.1' });
      expect(await sut.ended).toBe(0);
      expectWhole();
      expect(proxy.requests).toEqual([]);
    });

    it('says that the hub cannot be reached when the proxy cannot', async () => {
      const sut = pull({ HTTP_PROXY: NOWHERE });
      expect(await sut.ended).toBe(1);
      expect(sut.output).toMatch(/cannot be reached[\s\S]*HTTPS_PROXY/);
    });
  });

  describe('from a hub with TLS', () => {
    let secure: FakeHub;
    let proxy: FakeProxy;

    beforeEach(async () => {
      secure = await FakeHub.start({
        key: readFileSync(join(TLS, 'hub.example.key')),
        cert: readFileSync(join(TLS, 'hub.example.crt')),
      });
      secure.addModel('tiny');
      proxy = await FakeProxy.start(secure.port);
    });

    afterEach(async () => {
      await proxy.close();
      await secure.close();
    });

    const mirror = { MODELS_MIRROR: 'https://hub.example' };
    const trusted = { NODE_EXTRA_CA_CERTS: join(TLS, 'hub.example.crt') };

    it('goes through a tunnel of HTTPS_PROXY', async () => {
      const sut = pull({ ...mirror, ...trusted, HTTPS_PROXY: proxy.url(), HTTP_PROXY: NOWHERE });
      expect(await sut.ended).toBe(0);
      expectWhole(secure);
      expect(new Set(proxy.requests)).toEqual(new Set(['CONNECT hub.example:443']));
    });

    it('does not trust whoever answers at the end of the tunnel', async () => {
      const sut = pull({ ...mirror, HTTPS_PROXY: proxy.url() });
      expect(await sut.ended).toBe(1);
      expect(secure.requests).toEqual([]);
    });
  });

  describe('beside another one', () => {
    it('waits for it, and downloads nothing twice', async () => {
      let goOn = (): void => undefined;
      hub.script.push({ type: 'wait', until: new Promise<void>((resolve) => (goOn = resolve)) });
      const first = pull();
      await waitFor(() => hub.requests.length === 1, 'the first download');
      const second = pull();
      await second.says(/Another process is pulling tiny/);
      goOn();
      expect(await Promise.all([first.ended, second.ended])).toEqual([0, 0]);
      expectWhole();
      expect(hub.requests).toHaveLength(3);
    });

    it('pulls one model once, however many begin at the same time', async () => {
      const all = [pull(), pull(), pull(), pull()];
      expect(await Promise.all(all.map(({ ended }) => ended))).toEqual([0, 0, 0, 0]);
      expectWhole();
      expect(hub.requests).toHaveLength(3);
    });

    it('takes over from one that was killed, where it was', async () => {
      hub.script.push({ type: 'stall', afterBytes: 100_000 });
      const killed = pull();
      const part = join(folder.path, 'tiny', `${FILES[1]}.part`);
      await waitFor(() => sizeOf(part) === 100_000, 'a part of the first file');
      await killed.kill();
      const sut = pull();
      expect(await sut.ended).toBe(0);
      expectWhole();
      expect(hub.requests[1]).toBe('tiny-encoder.int8.onnx bytes=100000-');
    }, 40_000);
  });
});

function sizeOf(path: string): number {
  try {
    return readFileSync(path).length;
  } catch {
    return 0;
  }
}
