import { Injectable, type PipeTransform } from '@nestjs/common';
import { readPayload, RefusedPayload } from '../../common/sockets/refused-payload.js';
import { parseInput } from '../../common/validation/parse-input.js';
import { audioBytes } from './audio-bytes.js';
import { chunkTooLarge } from '../session/audio-inbox.js';
import { audioHeaderSchema } from '../events.js';
import { TranscriptionService } from '../transcription.service.js';

export interface AudioMessage {
  seq: number;
  bytes: Uint8Array;
}

/** Payload of `audio`: the header and the bytes. */
@Injectable()
export class AudioMessagePipe implements PipeTransform<unknown, AudioMessage> {
  constructor(private readonly service: TranscriptionService) {}

  /** @throws TooLargeError or InvalidInputError */
  transform(payload: unknown): AudioMessage {
    const [header, bytes] = Array.isArray(payload) ? (payload as unknown[]) : [payload];
    if (isTooLarge(header) || isTooLarge(bytes)) throw chunkTooLarge(this.service.limits.chunkBytes);
    const { seq } = parseInput(audioHeaderSchema, readPayload(header));
    return { seq, bytes: audioBytes(readPayload(bytes, 'audio')) };
  }
}

/** Payload of `transcription`: the bytes, or what stands for those that were too large to be read. */
export class OriginalChunkPipe implements PipeTransform<unknown, Uint8Array | RefusedPayload> {
  /** @throws InvalidInputError */
  transform(payload: unknown): Uint8Array | RefusedPayload {
    return isTooLarge(payload) ? payload : audioBytes(readPayload(payload, 'audio'));
  }
}

function isTooLarge(payload: unknown): payload is RefusedPayload {
  return payload instanceof RefusedPayload && payload.reason === 'too large';
}
