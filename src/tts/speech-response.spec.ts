import { describe, expect, it } from '@jest/globals';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Speech } from './speech.js';
import { SpeechResponse } from './speech-response.js';

const CHUNK = Buffer.alloc(65_536, 1);

function speechOf(audio: AsyncIterable<Uint8Array>): Speech {
  return { provider: 'fake', source: 'miss', format: 'mp3', firstByteMs: 1, audio };
}

/** Serves one speech and gives the answer as soon as its headers have come. */
async function serve(audio: AsyncIterable<Uint8Array>): Promise<{
  server: Server;
  response: IncomingMessage;
  sent: Promise<void>;
}> {
  let sent: Promise<void> = Promise.resolve();
  const server = createServer((_request, response) => {
    const answer = new SpeechResponse(response, { stalledReaderMs: 300_000 });
    sent = answer.send(Promise.resolve(speechOf(audio)));
    sent.catch(() => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const call = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false });
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  return { server, response, sent };
}

describe(SpeechResponse.name, () => {
  it('asks for no more audio while the listener does not read', async () => {
    let pulled = 0;
    let whenStalled: (() => void) | undefined;
    const stalled = new Promise<void>((resolve) => {
      whenStalled = resolve;
    });
    let idleTurns = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        pulled += 1;
        yield CHUNK;
      }
    }
    const { server, response } = await serve(endless());
    response.pause();
    // Stalled: many turns of the event loop went by without another chunk being asked for.
    let seen = 0;
    const watch = (): void => {
      idleTurns = pulled === seen ? idleTurns + 1 : 0;
      seen = pulled;
      if (idleTurns > 2_000) whenStalled?.();
      else setImmediate(watch);
    };
    watch();
    await stalled;

    // What the kernel's socket buffers on both sides take is all there is on its way.
    expect(pulled * CHUNK.length).toBeLessThan(16_000_000);
    response.destroy();
    server.close();
    await once(server, 'close');
  });

  it('leaves the iteration when the listener leaves', async () => {
    let isLeft: (() => void) | undefined;
    const left = new Promise<void>((resolve) => {
      isLeft = resolve;
    });
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield CHUNK;
      } finally {
        isLeft?.();
      }
    }
    const { server, response } = await serve(endless());
    response.destroy();

    await expect(left).resolves.toBeUndefined();
    server.close();
    await once(server, 'close');
  });

  it('cuts the body when the speech fails', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield CHUNK;
      throw new Error('cut');
    }
    const { server, response, sent } = await serve(failing());
    const closed = new Promise<void>((resolve) => {
      response.once('close', resolve);
    });
    response.resume();

    await closed;
    expect(response.complete).toBe(false);
    await expect(sent).rejects.toThrow('cut');
    server.close();
    await once(server, 'close');
  });
});
