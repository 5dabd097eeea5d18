import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { CONTENT_TYPES } from '../audio/encoding/audio-format.js';
import type { Speech } from './speech.js';

/**
 * Begins a speech for the listener behind `response` and sends it as it comes, at the pace of the listener. When the listener
 * leaves, the speech is aborted, also before its first byte. A failure before the first byte rejects and can still become
 * a status; after it, it rejects with the response cut, never ended: a truncated body must not look complete.
 */
export async function sendSpeech(
  response: ServerResponse,
  begin: (signal: AbortSignal) => Promise<Speech>,
): Promise<void> {
  const listener = new AbortController();
  response.once('close', () => listener.abort());
  if (response.destroyed) return;
  try {
    const speech = await begin(listener.signal);
    if (!listener.signal.aborted) await send(response, speech, listener.signal);
  } catch (error) {
    if (listener.signal.aborted) return;
    if (response.headersSent) response.destroy();
    throw error;
  }
}

async function send(response: ServerResponse, speech: Speech, gone: AbortSignal): Promise<void> {
  response.statusCode = 200;
  response.setHeader('Content-Type', CONTENT_TYPES[speech.format]);
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Accel-Buffering', 'no');
  response.setHeader('X-TTS-Provider', speech.provider);
  response.setHeader('Server-Timing', `upstream;dur=${speech.upstreamMs.toFixed(1)}`);
  for await (const chunk of speech.audio) {
    if (gone.aborted) return;
    if (!response.write(chunk)) await once(response, 'drain', { signal: gone });
  }
  response.end();
}
