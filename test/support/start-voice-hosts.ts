import { launchVoiceHost } from '../../src/tts/providers/sherpa/host/launch-voice-host.js';
import { VoiceHosts, type VoiceHostsSettings } from '../../src/tts/providers/sherpa/host/voice-hosts.js';

/** Real processes of neural voices; one at most unless told otherwise. */
export function startVoiceHosts(settings: Partial<VoiceHostsSettings> = {}): VoiceHosts {
  const limits = { loadTimeoutMs: 60_000, sentenceTimeoutMs: 30_000, stopMs: 100, hungMs: 30_000 };
  return new VoiceHosts(
    { hosts: 1, threads: 1, maxVoices: 2, ...limits, launch: launchVoiceHost, ...settings },
    { onHung: () => undefined, onEnded: () => undefined },
  );
}
