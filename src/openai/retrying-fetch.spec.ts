import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createProviderFetch } from './provider-fetch.js';
import { retryingFetch } from './retrying-fetch.js';

type Refusal = [status: number, headers?: Record<string, string>];

describe(retryingFetch.name, () => {
  let server: Server;
  let calls: number;
  let script: (Refusal | 'cut' | 'accept')[];
  let url: string;
  const rules = { maxRetries: 2, maxWaitMs: 1_000 };
  const sut = retryingFetch(createProviderFetch(5_000), rules);
  const post = { method: 'POST', body: '{}' };

  const answer: RequestListener = (request, response) => {
    request.resume();
    calls += 1;
    const step = script.shift() ?? 'accept';
    if (step === 'cut') request.socket.destroy();
    else if (step === 'accept') response.end('ok');
    else response.writeHead(step[0], step[1]).end('{}');
  };

  beforeEach(async () => {
    calls = 0;
    script = [];
    server = createServer(answer);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each<[string, Refusal]>([
    ['429', [429, { 'retry-after-ms': '1' }]],
    ['429 without a time', [429]],
    ['503 that names a time', [503, { 'retry-after-ms': '1' }]],
    ['500 that asks for it', [500, { 'x-should-retry': 'true', 'retry-after-ms': '1' }]],
  ])('repeats after %s: it was refused before the work', async (_what, refusal) => {
    script = [refusal];

    expect(await sut(url, post)).toMatchObject({ status: 200 });
    expect(calls).toBe(2);
  });

  it.each<[string, Refusal]>([
    ['500', [500]],
    ['502', [502]],
    ['503 without a word about when', [503]],
    ['504', [504]],
    ['408', [408]],
    ['409', [409]],
    ['529', [529]],
    ['402', [402]],
    ['307', [307, { Location: '/' }]],
    ['429 that asks not to', [429, { 'x-should-retry': 'false' }]],
    ['429 that asks for a long wait', [429, { 'Retry-After': '2' }]],
    ['429 until a late date', [429, { 'Retry-After': new Date(Date.now() + 60_000).toUTCString() }]],
  ])('does not repeat after %s', async (_what, refusal) => {
    script = [refusal];

    expect(await sut(url, post)).toMatchObject({ status: refusal[0] });
    expect(calls).toBe(1);
  });

  it('does not repeat what was cut: it may have been begun', async () => {
    script = ['cut'];

    await expect(sut(url, post)).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
    expect(calls).toBe(1);
  });

  it.each<[string, Refusal | 'cut']>([
    ['a cut', 'cut'],
    ['500', [500, { 'retry-after-ms': '1' }]],
  ])('repeats a question that costs nothing after %s', async (_what, step) => {
    script = [step];
    expect(await sut(url)).toMatchObject({ status: 200 });

    script = [step];
    const repeatable = retryingFetch(createProviderFetch(5_000), { ...rules, isRepeatable: true });
    expect(await repeatable(url, post)).toMatchObject({ status: 200 });
    expect(calls).toBe(4);
  });

  it('gives up after its tries', async () => {
    script = Array.from({ length: 9 }, (): Refusal => [429, { 'retry-after-ms': '1' }]);

    expect(await sut(url, post)).toMatchObject({ status: 429 });
    expect(calls).toBe(3);
  });

  it.each([
    ['refused', 'connect', (): string => url],
    ['of an unknown name', 'getaddrinfo', (): string => 'http://nobody.invalid/'],
  ])('tries a connection %s again', async (_what, syscall, address) => {
    let tries = 0;
    server.close();
    const counting: typeof fetch = (input, init) => {
      tries += 1;
      return createProviderFetch(5_000)(input, init);
    };
    const patient = retryingFetch(counting, { maxRetries: 1, maxWaitMs: 1_000 });

    await expect(patient(address(), post)).rejects.toMatchObject({ syscall });
    expect(tries).toBe(2);
  });

  it('stops waiting when it is aborted', async () => {
    const leaving = new AbortController();
    const patient = retryingFetch(
      async () => {
        setImmediate(() => leaving.abort());
        return new Response('{}', { status: 429, headers: { 'Retry-After': '3600' } });
      },
      { maxRetries: 1, maxWaitMs: 3_600_000 },
    );

    await expect(patient(url, { ...post, signal: leaving.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
