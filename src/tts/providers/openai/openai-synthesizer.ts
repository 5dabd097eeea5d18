import type OpenAI from 'openai';
import type { AudioFormat } from '../../../audio/encoding/audio-format.js';
import { ProviderFailedError } from '../../../common/errors/provider-errors.js';
import { mapOpenAiError } from '../../../openai/map-openai-error.js';
import { bodyOf, readBody } from '../../../openai/provider-fetch.js';
import { OPENAI_VOICES } from '../../openai-voices.js';
import type { SpeechRequest, SpeechSynthesizer, Voice } from '../../speech-synthesizer.js';

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
      refuseText(response);
      return readBody(response, signal, (cause) => mapOpenAiError(cause, 'speech'));
    } catch (error) {
      throw mapOpenAiError(error, 'speech', request);
    }
  }

  async voices(): Promise<readonly Voice[]> {
    return OPENAI_VOICES.map((id) => ({ id }));
  }
}

/** OpenAI wants its custom voices as an object. */
function customVoice(voice: string): { id: string } | undefined {
  return voice.startsWith('voice_') ? { id: voice } : undefined;
}

/** Some services and proxies answer an error with status 200; its text must not be played. */
function refuseText(response: Response): void {
  const type = response.headers.get('content-type') ?? '';
  if (!/^(?:text\/|application\/(?:json|problem\+json|xml))/i.test(type)) return;
  bodyOf(response).destroy();
  throw new ProviderFailedError('The speech service answered with something that is no audio.');
}
