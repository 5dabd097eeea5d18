import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { CONTENT_TYPES } from '../audio/encoding/audio-format.js';
import { cutResponse, resetStalledReader } from '../common/http/cut-response.js';
import { whenOver } from '../common/http/when-over.js';
import { ShuttingDownError } from '../common/errors/session-errors.js';
import type { Speech } from './speech.js';

/** How a speech travels: as it is, or wrapped into events. */
export interface SpeechBody {
  /** Default: 200. */
  status?: number;
  headers?: Readonly<Record<string, string>>;
  contentType: string;
  totalBytes?: number;
  chunks: AsyncIterable<Uint8Array | string>;
  /** What is said before the cut when the speech fails half-way. */
  lastWords?: (error: unknown) => string;
}

export function audioBody({ format, totalBytes, audio }: Speech): SpeechBody {
  return {
    contentType: CONTENT_TYPES[format],
    ...(totalBytes !== undefined && { totalBytes }),
    chunks: audio,
  };
}

/** Aborts when the listener behind `response` leaves, or has got everything. */
export function listenerOf(response: ServerResponse): AbortController {
  const listener = new AbortController();
  whenOver(response, () => listener.abort());
  return listener;
}

/** Begins a speech. `cut` is called when the server cannot wait any longer for the listener to have heard it. */
export type BeginSpeech = (signal: AbortSignal, cut: () => void) => Promise<Speech>;

export interface SendOptions {
  /** A listener that takes nothing for so long is cut off, so that it holds no place for ever. */
  stalledReaderMs: number;
  toBody?: (speech: Speech) => SpeechBody;
}

/**
 * Begins a speech for the listener behind `response` and sends it as it comes, at the pace of the listener. When the listener
 * leaves, its part is aborted, also before the first byte. A failure before the first byte rejects and can still become a
 * status; after it, it rejects with the response cut, never ended: a truncated body must not look complete.
 */
export async function sendSpeech(
  response: ServerResponse,
  begin: BeginSpeech,
  { stalledReaderMs, toBody = audioBody }: SendOptions,
): Promise<void> {
  const listener = listenerOf(response);
  const gone = listener.signal;
  if (response.destroyed) return;
  let body: SpeechBody | undefined;
  const cut = async (error: unknown): Promise<void> => {
    if (body?.lastWords !== undefined) response.write(body.lastWords(error));
    await cutResponse(response, body?.lastWords !== undefined);
  };
  try {
    const speech = await begin(gone, () => {
      if (!response.headersSent) return;
      listener.abort();
      void cut(new ShuttingDownError('The server is shutting down.'));
    });
    if (gone.aborted) return;
    body = toBody(speech);
    resetStalledReader(response, stalledReaderMs);
    await send(response, speech, body, gone);
  } catch (error) {
    if (gone.aborted) return;
    if (response.headersSent) await cut(error);
    throw error;
  }
}

async function send(
  response: ServerResponse,
  { provider, source, firstByteMs }: Speech,
  { status = 200, headers = {}, contentType, totalBytes, chunks }: SpeechBody,
  gone: AbortSignal,
): Promise<void> {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('Content-Type', contentType);
  if (totalBytes !== undefined) response.setHeader('Content-Length', totalBytes);
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Accel-Buffering', 'no');
  response.setHeader('X-TTS-Provider', provider);
  response.setHeader('X-TTS-Cache', source);
  response.setHeader(
    'Server-Timing',
    `${source === 'hit' ? 'cache' : 'upstream'};dur=${firstByteMs.toFixed(1)}`,
  );
  for await (const chunk of chunks) {
    if (gone.aborted) return;
    if (!response.write(chunk)) await once(response, 'drain', { signal: gone });
  }
  response.end();
}
