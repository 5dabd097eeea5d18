import { toHttpErrorBody } from '../../common/errors/error-body.js';
import { toOpenAiError } from '../../openai/openai-error.js';
import type { SpeechFraming } from '../speech-response.js';

/** The engines behind us do not tell tokens, and a made-up number would be believed. */
const UNKNOWN_USAGE = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };

/** `stream_format: "sse"`: the bytes as base64 in events, for every provider. */
export const SPEECH_EVENTS: SpeechFraming = {
  contentType: 'text/event-stream',
  chunk: (audio) =>
    event({
      type: 'speech.audio.delta',
      audio: Buffer.from(audio.buffer, audio.byteOffset, audio.byteLength).toString('base64'),
    }),
  end: event({ type: 'speech.audio.done', usage: UNKNOWN_USAGE }),
  // An SDK reports this event as the error it is; the connection is cut after it all the same.
  failure: (error) => event({ error: toOpenAiError(toHttpErrorBody(error)) }),
};

function event(payload: object): string {
  return `data: ${JSON.stringify(payload)}\n\n`;
}
