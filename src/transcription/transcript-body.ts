import { z } from 'zod';
import { samplesToMs } from '../common/audio/pcm.js';
import type { Transcript } from './transcript-store.js';

export const sessionsQuerySchema = z.object({ label: z.string().max(200).optional() });

/** `GET /transcription/sessions/:id`. `text` joins the finals; times are derived from their samples. */
export type TranscriptBody = ReturnType<typeof toTranscriptBody>;

export function toTranscriptBody({ tenantId: _tenantId, finals, samples, ...transcript }: Transcript) {
  return {
    ...transcript,
    samples,
    durationMs: samples === null ? null : samplesToMs(samples),
    text: finals.map(({ text }) => text).join(' '),
    finals: finals.map((final) => ({
      ...final,
      startMs: samplesToMs(final.start),
      endMs: samplesToMs(final.end),
    })),
  };
}
