import { toHttpErrorBody } from '../../common/errors/error-body.js';
import { toOpenAiError } from '../../openai/openai-error.js';
import type { SpeechBody } from '../speech-response.js';
import type { Speech } from '../speech.js';

/**
 * The engines behind us do not tell tokens, and a made-up number would be believed.
 */
const UNKNOWN_USAGE = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };

/** `stream_format: "sse"`: the bytes as base64 in events, for every provider. */
export function eventBody({ audio }: Speech): SpeechBody {
  return {
    contentType: 'text/event-stream',
    chunks: events(audio),
    // An SDK reports this event as the error it is; the connection is cut after it all the same.
    lastWords: (error) => event({ error: toOpenAiError(toHttpErrorBody(error, null)) }),
  };
}

async function* events(audio: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  for await (const chunk of audio) {
    yield event({ type: 'speech.audio.delta', audio: Buffer.from(chunk).toString('base64') });
  }
  yield event({ type: 'speech.audio.done', usage: UNKNOWN_USAGE });
}

function event(payload: object): string {
  return `data: ${JSON.stringify(payload)}\n\n`;
}
