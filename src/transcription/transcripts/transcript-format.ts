import { z } from 'zod';
import { samplesToMs } from '../../common/audio/pcm.js';
import { joinFinals } from './join-finals.js';
import { toSrt, toVtt } from './subtitles.js';
import type { Transcript } from '../transcript-store.js';

const TRANSCRIPT_FORMATS = ['json', 'txt', 'srt', 'vtt'] as const;
export type TranscriptFormat = (typeof TRANSCRIPT_FORMATS)[number];

export const transcriptQuerySchema = z.object({ format: z.enum(TRANSCRIPT_FORMATS).optional() });
export type TranscriptQuery = z.output<typeof transcriptQuerySchema>;

const MEDIA_TYPES: Record<TranscriptFormat, string> = {
  json: 'application/json; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  srt: 'application/x-subrip; charset=utf-8',
  vtt: 'text/vtt; charset=utf-8',
};

/** What `Accept` may name, in the order of `TRANSCRIPT_FORMATS`. */
export const ACCEPTABLE_TYPES = ['application/json', 'text/plain', 'application/x-subrip', 'text/vtt'];

export function mediaTypeOf(format: TranscriptFormat): string {
  return MEDIA_TYPES[format];
}

/** The format that an acceptable type stands for; JSON for one that is none. */
export function formatOf(type: string | false): TranscriptFormat {
  return TRANSCRIPT_FORMATS[ACCEPTABLE_TYPES.indexOf(String(type))] ?? 'json';
}

export function writeTranscript(transcript: Transcript, format: TranscriptFormat): string {
  const { finals } = transcript;
  if (format === 'txt') return finals.map(({ text }) => `${text}\n`).join('');
  if (format === 'srt') return toSrt(finals);
  if (format === 'vtt') return toVtt(finals);
  return JSON.stringify(toTranscriptBody(transcript));
}

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
