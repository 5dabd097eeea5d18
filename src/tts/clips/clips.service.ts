import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { Caller } from '../../auth/caller.js';
import { NotFoundError, TooLargeError } from '../../common/errors/caller-errors.js';
import { ProviderFailedError } from '../../common/errors/provider-errors.js';
import { isWholeFile } from '../storage/whole-file.js';
import type { Speech, SpeechListener, SpeechOrder } from '../speech.js';
import { Budgets } from '../../ledger/budgets.js';
import { ttsConfig } from '../tts.config.js';
import { TtsService } from '../tts.service.js';
import { ClipStore, type Clip } from './clip-store.js';
import { type ClipAddress, ClipUrls } from './clip-urls.js';

/** Answer to `POST /tts/clips`. */
export interface ClipBody {
  id: string;
  /** Relative to the server's address; whoever has it may play it until `expiresAt`. */
  url: string;
  /** ISO 8601. */
  expiresAt: string;
}

@Injectable()
export class ClipsService {
  constructor(
    private readonly tts: TtsService,
    private readonly store: ClipStore,
    private readonly urls: ClipUrls,
    private readonly budgets: Budgets,
    @Inject(ttsConfig.KEY) private readonly config: ConfigType<typeof ttsConfig>,
  ) {}

  /** Synthesises the whole speech, or takes it from the cache, and keeps it under an address of its own. */
  async create(order: SpeechOrder, listener: SpeechListener): Promise<ClipBody> {
    const { audio, format } = await this.tts.speak(order, listener);
    const file = await this.collect(audio);
    if (!isWholeFile(file, format)) throw new ProviderFailedError('The speech service sent half a file.');
    const expiresAt = Date.now() + this.config.clipTtlMs;
    const { tenantId } = order.caller;
    const amounts = { storageBytes: file.length };
    const reservation = await this.budgets.reserve(order.caller, {
      modality: 'storage',
      model: 'clips',
      amounts,
    });
    let isKept = false;
    try {
      const { id } = await this.store.keep(file, { format, expiresAt, tenantId });
      isKept = true;
      return { id, url: this.urls.sign(id, expiresAt), expiresAt: new Date(expiresAt).toISOString() };
    } finally {
      void reservation.settle(isKept ? amounts : {});
    }
  }

  /**
   * @throws ForbiddenError unless the address was signed by us and is still valid
   * @throws NotFoundError
   */
  find(id: string, address: ClipAddress): Clip {
    this.urls.verify(id, address);
    const clip = this.store.find(id);
    if (clip === undefined) throw new NotFoundError('There is no such clip any more.');
    return clip;
  }

  /** @throws NotFoundError for a clip that is gone, or another tenant's */
  findOf({ tenantId }: Caller, id: string): Clip {
    const clip = this.store.find(id);
    if (clip?.tenantId !== tenantId) throw new NotFoundError('There is no such clip any more.');
    return clip;
  }

  private async collect(audio: Speech['audio']): Promise<Buffer> {
    const { entryBytes } = this.config;
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of audio) {
      bytes += chunk.length;
      if (bytes > entryBytes)
        throw new TooLargeError(`The speech is too long for a clip: over ${entryBytes} bytes.`, {
          param: 'input',
        });
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }
}
