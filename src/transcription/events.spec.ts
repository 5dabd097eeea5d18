import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { AUDIO_CODECS } from '../audio/audio-decoder.js';
import { sessionOptionsSchema } from '../whisper-protocol/messages.js';
import { sessionStartSchema } from './events.js';

const { format, vad, task } = sessionStartSchema.shape;
const vadFields = z.toJSONSchema(vad).properties as Record<string, { minimum: number; maximum: number }>;

describe('What a client may ask for', () => {
  it.each(
    Object.entries(vadFields).flatMap(([field, { minimum, maximum }]) => [
      [field, minimum],
      [field, maximum],
    ]),
  )('is accepted by the protocol of the worker: vad.%s of %d', (field, value) => {
    expect(sessionOptionsSchema.safeParse({ vad: { [field]: value } }).error).toBeUndefined();
  });

  it.each(task.unwrap().options)('is accepted by the protocol of the worker: the task %s', (value) => {
    expect(sessionOptionsSchema.safeParse({ task: value }).error).toBeUndefined();
  });

  it.each(['auto', 'ko', 'yue'])('is accepted by the protocol of the worker: the language %s', (language) => {
    expect(sessionStartSchema.safeParse({ v: 1, language }).success).toBe(true);
    expect(sessionOptionsSchema.safeParse({ language }).error).toBeUndefined();
  });

  it('is decoded, whatever the codec', () => {
    expect(format.unwrap().shape.codec.options).toEqual(AUDIO_CODECS);
  });
});
