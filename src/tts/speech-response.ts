import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Request } from 'express';
import { CONTENT_TYPES } from '../audio/encoding/audio-format.js';
import { ShuttingDownError } from '../common/errors/session-errors.js';
import { cutResponse, resetStalledReader } from '../common/http/cut-response.js';
import { whenOver } from '../common/http/when-over.js';
import { answerRange } from './speech-range.js';
import type { Speech, SpeechFallback, SpeechListener } from './speech.js';

/** How the bytes of a speech are wrapped, when they do not leave as they are. */
export interface SpeechFraming {
  contentType: string;
  chunk(audio: Uint8Array): string;
  /** Sent behind the last chunk. */
  end: string;
  /** Sent before the connection is cut, when the speech fails half-way. */
  failure(error: unknown): string;
}

export interface SpeechResponseOptions {
  /** A listener that takes nothing of what waits for it for so long is cut off, so that it holds no place for ever. */
  stalledReaderMs: number;
  framing?: SpeechFraming | undefined;
  /** The request whose `Range` is answered when the speech is kept. */
  rangeOf?: Request;
}

/**
 * The HTTP answer of one listener. Its signal aborts when the listener leaves, also before the first byte, and when the speech was sent or
 * failed.
 */
export class SpeechResponse implements SpeechListener {
  private readonly scope = new AbortController();
  private refusal: Error | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly options: SpeechResponseOptions,
  ) {
    whenOver(response, () => this.scope.abort());
  }

  get signal(): AbortSignal {
    return this.scope.signal;
  }

  /**
   * Sends a speech as it comes, at the pace of the listener. A failure before the first byte rejects and can still become a status. A
   * failure after it cuts the response, which is never ended, since half a body must not look complete, and rejects then.
   */
  async send(begun: Promise<Speech>): Promise<void> {
    const { response, signal, options } = this;
    try {
      const speech = await begun;
      if (signal.aborted) return this.throwRefusal();
      resetStalledReader(response, options.stalledReaderMs);
      for await (const chunk of this.begin(speech)) {
        if (signal.aborted) return;
        if (!response.write(options.framing?.chunk(chunk) ?? chunk))
          await once(response, 'drain', { signal });
      }
      response.end(options.framing?.end);
    } catch (error) {
      if (signal.aborted) return this.throwRefusal();
      this.scope.abort();
      if (response.headersSent) await this.cutAfter(error);
      throw error;
    } finally {
      this.scope.abort();
    }
  }

  cut(): void {
    if (!this.response.headersSent) return;
    this.scope.abort();
    void this.cutAfter(new ShuttingDownError());
  }

  refuse(reason: Error): void {
    if (!this.response.headersSent) this.refusal = reason;
    this.scope.abort();
    if (this.response.headersSent) void this.cutAfter(reason);
  }

  /** Sets status and headers. @returns what is to be sent */
  private begin({ provider, fallback, source, format, firstByteMs, audio, kept }: Speech): Speech['audio'] {
    const { response } = this;
    const { framing, rangeOf } = this.options;
    const file = kept && rangeOf ? answerRange(rangeOf, kept) : kept?.file;
    response.setHeader('Content-Type', framing?.contentType ?? CONTENT_TYPES[format]);
    if (file && !framing) response.setHeader('Content-Length', file.length);
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('X-Accel-Buffering', 'no');
    response.setHeader('X-TTS-Provider', provider);
    if (fallback) response.setHeader('X-TTS-Fallback', fallbackHeader(fallback));
    response.setHeader('X-TTS-Cache', source);
    response.setHeader(
      'Server-Timing',
      `${source === 'hit' ? 'cache' : 'upstream'};dur=${firstByteMs.toFixed(1)}`,
    );
    return file ? [file] : audio;
  }

  /** What ended the scope before the first byte can still become a status. */
  private throwRefusal(): void {
    if (this.refusal !== undefined) throw this.refusal;
  }

  private async cutAfter(error: unknown): Promise<void> {
    const { framing } = this.options;
    if (framing) this.response.write(framing.failure(error));
    await cutResponse(this.response, framing !== undefined);
  }
}

/** Parameters as RFC 8941 writes them, whose strings are printable ASCII. */
function fallbackHeader({ from, code, reason }: SpeechFallback): string {
  const plain = reason.replaceAll(/[^ -~]/g, '?').replaceAll(/["\\]/g, "'");
  return `${from};code=${code};reason="${plain}"`;
}
