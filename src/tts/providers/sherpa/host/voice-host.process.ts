import { answerPings } from '../../../../common/processes/child-pulse.js';
import type { FromVoiceHost, SentenceJob, SpokenSentence, ToVoiceHost } from './host-messages.js';
import { LoadedVoices } from './loaded-voices.js';

/**
 * Entry point of a voice host: a process that holds neural voices and speaks one sentence at a time. The library in it contains
 * GPL code and is native, so that it has a process of its own, which may crash, hang or be killed. It ends with the gateway.
 */
let voices: LoadedVoices | undefined;
/** Sentences that nobody wants any more. */
const stopped = new Set<number>();

// The terminal sends these to every process of the group. The gateway decides when this process ends.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.once('disconnect', () => process.exit(0));
answerPings();
process.on('message', (message: ToVoiceHost) => {
  if (message.type === 'start') voices = new LoadedVoices(message.settings);
  else if (message.type === 'stop') stopped.add(message.id);
  else if (message.type === 'load') void work(message.id, message);
  else if (message.type === 'speak') void work(message.id, message.job, message.job);
});

async function work(
  id: number,
  { voiceKey, files }: Pick<SentenceJob, 'voiceKey' | 'files'>,
  job?: SentenceJob,
): Promise<void> {
  let isLoading = true;
  try {
    if (!voices) throw new Error('The host was not started');
    const voice = await voices.get(voiceKey, files);
    isLoading = false;
    send({ type: 'loaded', id, voiceKeys: voices.keys });
    const spoken = job && !stopped.has(id) ? await speak(id, voice, job) : silence(voice.sampleRate);
    send({ type: 'done', id, spoken, residentBytes: process.memoryUsage.rss() });
  } catch {
    // What sherpa says may hold the text.
    send({ type: 'failed', id, isLoading });
  } finally {
    stopped.delete(id);
  }
}

async function speak(
  id: number,
  voice: Awaited<ReturnType<LoadedVoices['get']>>,
  { text, speaker, speed }: SentenceJob,
): Promise<SpokenSentence> {
  let hasSound = false;
  try {
    const { samples, sampleRate } = await voice.generateAsync({
      text,
      sid: speaker,
      speed,
      enableExternalBuffer: false,
      onProgress: (part) => {
        hasSound ||= part.samples.length > 0;
        return stopped.has(id) ? 0 : 1;
      },
    });
    return { samples: toInt16(samples), sampleRate };
  } catch (error) {
    // A text without a sound, of letters that the voice does not know, is an error to sherpa.
    if (!hasSound) return silence(voice.sampleRate);
    throw error;
  }
}

function silence(sampleRate: number): SpokenSentence {
  return { samples: new Int16Array(0), sampleRate };
}

function toInt16(samples: Float32Array): Int16Array {
  return Int16Array.from(samples, (each) => Math.max(-32_768, Math.min(32_767, Math.round(each * 32_768))));
}

/** After the end of the gateway nothing can be sent; 'disconnect' ends this process then. */
function send(message: FromVoiceHost): void {
  process.send?.(message, undefined, undefined, () => undefined);
}
