import { samplesToMs } from '../common/audio/pcm.js';
import { joinFinals } from './join-finals.js';
import type { Transcript } from './transcript-store.js';

/** `GET /transcription/sessions/:id`. `text` joins the finals; times are derived from their samples. */
export function toTranscriptBody({ tenantId: _tenantId, finals, samples, ...transcript }: Transcript) {
  return {
    ...transcript,
    samples,
    durationMs: samples === null ? null : samplesToMs(samples),
    text: joinFinals(finals.map(({ text }) => text)),
    finals: finals.map((final) => ({
      ...final,
      startMs: samplesToMs(final.start),
      endMs: samplesToMs(final.end),
    })),
  };
}
