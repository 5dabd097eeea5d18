import { join } from 'node:path';
import { TenantConcurrencyLimit } from '../../src/common/limits/concurrency-limit.js';
import { ONE_TENANT } from '../../src/common/limits/tenant-shares.js';
import { createOpenAiClient } from '../../src/openai/openai-client.js';
import { EspeakSynthesizer } from '../../src/tts/providers/espeak/espeak-synthesizer.js';
import { NpmEspeak } from '../../src/tts/providers/espeak/npm-espeak.js';
import { FakeSynthesizer } from '../../src/tts/providers/fake/fake-synthesizer.js';
import { OpenAiSynthesizer } from '../../src/tts/providers/openai/openai-synthesizer.js';
import { SherpaSynthesizer } from '../../src/tts/providers/sherpa/sherpa-synthesizer.js';
import { InstalledVoices } from '../../src/tts/providers/sherpa/voices/installed-voices.js';
import { itIsASpeechSynthesizer } from '../contracts/speech-synthesizer.js';
import { FakeOpenAiSpeech, refusesWith, type UpstreamCall } from '../support/fake-openai-speech.js';
import { endpointAt } from '../support/openai-endpoint.js';
import { startVoiceHosts } from '../support/start-voice-hosts.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { putToneVoices } from '../support/tone-voice.js';
import { waitFor } from '../support/wait-for.js';

itIsASpeechSynthesizer(FakeSynthesizer.name, async () => ({
  sut: new FakeSynthesizer(),
  whenIdle: async () => undefined,
  close: async () => undefined,
}));

itIsASpeechSynthesizer(OpenAiSynthesizer.name, async () => {
  const upstream = await FakeOpenAiSpeech.start();
  upstream.script = speaksLikeOpenAi;
  const client = createOpenAiClient(endpointAt(upstream.baseUrl));
  return {
    sut: new OpenAiSynthesizer(client, ['mp3', 'pcm'], 4_096),
    whenIdle: async () => {
      await Promise.all(upstream.calls.map((call) => call.ended));
    },
    close: () => upstream.close(),
  };
});

itIsASpeechSynthesizer(EspeakSynthesizer.name, async () => {
  const places = new TenantConcurrencyLimit(8, 'espeak', ONE_TENANT);
  const engine = new NpmEspeak(places);
  return {
    sut: new EspeakSynthesizer(engine),
    // A place is given back when its process has ended.
    whenIdle: () => waitFor(() => places.taken === 0, 'the espeak processes to end'),
    close: async () => engine.close(),
  };
});

itIsASpeechSynthesizer(SherpaSynthesizer.name, async () => {
  const folder = await temporaryFolder();
  await putToneVoices(folder.path, 'tone');
  const places = new TenantConcurrencyLimit(8, 'neural voices', ONE_TENANT);
  const hosts = startVoiceHosts();
  const installed = new InstalledVoices(join(folder.path, 'voices'), { onWrong: () => undefined });
  return {
    sut: new SherpaSynthesizer(installed, hosts, places, 'nova'),
    whenIdle: () => waitFor(() => places.taken === 0 && !hosts.isBusy, 'the voice hosts to be idle'),
    close: async () => {
      hosts.close();
      await folder.remove();
    },
  };
});

/** Bytes that follow from the text, in several pieces; voices that it does not have are refused with 400. */
async function speaksLikeOpenAi(call: UpstreamCall): Promise<void> {
  const { input, voice } = call.body as { input: string; voice: string };
  if (voice === 'no such voice') return void refusesWith(400)(call);
  call.response.writeHead(200, { 'Content-Type': 'audio/pcm' });
  for (const character of input) {
    if (call.response.destroyed) return;
    const piece = Buffer.alloc(512, character);
    await new Promise<void>((resolve) => {
      call.response.write(piece, () => resolve());
    });
  }
  call.response.end();
}
