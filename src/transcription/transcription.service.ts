import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { AudioFormatDeclaration } from '../audio/audio-decoder.js';
import { createAudioDecoder } from '../audio/create-audio-decoder.js';
import { locateFfmpeg } from '../audio/ffmpeg/locate-ffmpeg.js';
import type { Caller } from '../auth/caller.js';
import { NotFoundError } from '../common/errors/caller-errors.js';
import { ShuttingDownError } from '../common/errors/session-errors.js';
import { Places } from '../common/limits/places.js';
import { OpenStreams } from '../common/streams/open-streams.js';
import { AppConfig } from '../config/app-config.js';
import type { SessionOptions } from '../whisper-protocol/messages.js';
import { TRANSCRIBER, type Transcriber } from './transcriber.js';
import { TRANSCRIPT_STORE, type Transcript, type TranscriptStore } from './transcript-store.js';
import { TranscriptionSession, type SessionLimits, type SessionListener } from './transcription-session.js';

export interface OpenSession {
  caller: Caller;
  format: AudioFormatDeclaration;
  options: SessionOptions;
}

/** A session that takes audio at once, while its transcriber is still being found. */
export interface StartedSession {
  session: TranscriptionSession;
  /** Resolves when a transcriber was found; rejects when there is none, and the session is over then. */
  ready: Promise<void>;
  /** Resolves when the session is over, however it ended. */
  over: Promise<void>;
}

@Injectable()
export class TranscriptionService {
  readonly limits: SessionLimits;
  readonly #places: Places;
  readonly #ffmpegPath: string | undefined;

  constructor(
    config: AppConfig,
    private readonly streams: OpenStreams,
    @Inject(TRANSCRIBER) private readonly transcriber: Transcriber,
    @Inject(TRANSCRIPT_STORE) private readonly store: TranscriptStore,
  ) {
    const { maxChunkBytes, inboxBytes, stallMs, idleTimeoutMs, maxSessions } = config.transcription;
    this.limits = { chunkBytes: maxChunkBytes, inboxBytes, stallMs, idleMs: idleTimeoutMs };
    this.#places = new Places(maxSessions, 'live sessions');
    this.#ffmpegPath = locateFfmpeg(config.audio.ffmpegPath);
  }

  get liveSessions(): number {
    return this.#places.taken;
  }

  /** @throws OverloadedError, ShuttingDownError, InvalidInputError for an impossible format */
  open({ caller, format, options }: OpenSession, listener: SessionListener): StartedSession {
    if (this.streams.closing.aborted) throw new ShuttingDownError('The server is shutting down.');
    const decoder = createAudioDecoder(format, { ffmpegPath: this.#ffmpegPath });
    const leave = this.#enter();
    const owner = { tenantId: caller.tenantId, sessionId: randomUUID() };
    const session = new TranscriptionSession(owner, decoder, this.store, this.limits, listener);
    const opened = this.transcriber.open({ sessionId: session.id, options });
    const over = opened
      .then((transcriber) => session.run(transcriber))
      .catch(() => decoder.free())
      .finally(leave);
    this.#endOnShutdown(session, over);
    return { session, ready: opened.then(() => undefined), over };
  }

  /** @throws NotFoundError for a session that is unknown, no longer kept, or another tenant's */
  async transcript(caller: Caller, sessionId: string): Promise<Transcript> {
    const transcript = await this.store.read({ tenantId: caller.tenantId, sessionId });
    if (!transcript) throw new NotFoundError('There is no such session.');
    return transcript;
  }

  transcripts(caller: Caller, label: string | undefined): Promise<Transcript[]> {
    return this.store.list(caller.tenantId, label);
  }

  #endOnShutdown(session: TranscriptionSession, over: Promise<void>): void {
    const end = (): void => session.end();
    this.streams.closing.addEventListener('abort', end);
    void over.finally(() => this.streams.closing.removeEventListener('abort', end));
  }

  #enter(): () => void {
    const releasePlace = this.#places.take();
    const leaveStreams = this.streams.enter();
    return () => {
      releasePlace();
      leaveStreams();
    };
  }
}
