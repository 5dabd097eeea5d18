import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startApp, type RunningApp } from '../support/start-app.js';

describe('GET /metrics', () => {
  let running: RunningApp;

  afterEach(() => running.close());

  it('counts requests by template and runs by their ending', async () => {
    running = await startApp({ FEATURES: 'chat', CHAT_PROVIDER: 'scripted' });
    const greeting = { relation: 'friend', reason: 'birthday', manner: 'warm', max_length: 100 };
    const ask = (path: string, body: object): Promise<Response> =>
      fetch(`${running.url}${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
        body: JSON.stringify(body),
      });
    expect((await ask('/chat/templates/greeting', greeting)).status).toBe(200);
    expect((await ask('/chat/templates/greeting', greeting)).status).toBe(200);
    expect((await ask('/chat', { text: 'Hello' })).status).toBe(200);

    const metrics = await (await fetch(`${running.url}/metrics`)).text();

    expect(metrics).toContain('parley_chat_requests_total{template="greeting"} 2');
    expect(metrics).toContain('parley_chat_requests_total{template="none"} 1');
    expect(metrics).toContain('parley_chat_runs_ended_total{template="greeting",ending="done"} 2');
  });

  it('is closed to strangers, and to keys that may not rule', async () => {
    running = await startApp({
      FEATURES: 'chat',
      CHAT_PROVIDER: 'scripted',
      API_KEYS: `acme:${createHash('sha256').update('key').digest('hex')}`,
    });

    expect((await fetch(`${running.url}/metrics`)).status).toBe(401);
    expect((await fetch(`${running.url}/metrics`, { headers: { Authorization: 'Bearer key' } })).status).toBe(
      403,
    );
  });
});
