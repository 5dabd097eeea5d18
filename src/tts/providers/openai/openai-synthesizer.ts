import type { Readable } from 'node:stream';
import type OpenAI from 'openai';
import type { AudioFormat } from '../../../audio/encoding/audio-format.js';
import { ProviderFailedError } from '../../../common/errors/provider-errors.js';
import { mapOpenAiError } from '../../../openai/map-openai-error.js';
import { bodyOf } from '../../../openai/provider-fetch.js';
import type { SpeechRequest, SpeechSynthesizer, Voice } from '../../speech-synthesizer.js';

/** The built-in voices. Compatible services have others, which pass as they are: the service judges them. */
const VOICES = [
  'alloy',
  'ash',
  'ballad',
  'cedar',
  'coral',
  'echo',
  'fable',
  'marin',
  'nova',
  'onyx',
  'sage',
  'shimmer',
  'verse',
];

/** OpenAI and every service that speaks its `/v1/audio/speech`. The body is passed on as it comes. */
export class OpenAiSynthesizer implements SpeechSynthesizer {
  readonly name = 'openai';

  constructor(
    private readonly client: OpenAI,
    readonly formats: readonly AudioFormat[],
    readonly maxInputChars: number,
  ) {}

  get fingerprint(): string {
    return this.client.baseURL;
  }

  async synthesize(request: SpeechRequest, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    try {
      const response = await this.client.audio.speech.create(
        {
          input: request.input,
          model: request.model,
          voice: customVoice(request.voice) ?? request.voice,
          response_format: request.format,
          ...(request.speed !== 1 && { speed: request.speed }),
          ...(request.instructions !== undefined && { instructions: request.instructions }),
        },
        { signal },
      );
      return readBody(refuseText(response), signal);
    } catch (error) {
      throw mapOpenAiError(error, 'speech');
    }
  }

  async voices(): Promise<readonly Voice[]> {
    return VOICES.map((id) => ({ id }));
  }
}

/** OpenAI wants its custom voices as an object. */
function customVoice(voice: string): { id: string } | undefined {
  return voice.startsWith('voice_') ? { id: voice } : undefined;
}

/** Some services and proxies answer an error with status 200; its text must not be played. */
function refuseText(response: Response): Readable {
  const type = response.headers.get('content-type') ?? '';
  const body = bodyOf(response);
  if (!/^(?:text\/|application\/(?:json|problem\+json|xml))/i.test(type)) return body;
  body.destroy();
  throw new ProviderFailedError('The speech service answered with something that is no audio.');
}

async function* readBody(body: Readable, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) yield chunk;
  } catch (error) {
    throw signal.aborted ? signal.reason : mapOpenAiError(error, 'speech');
  }
}
