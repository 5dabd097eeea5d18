import { z } from 'zod';
import { samplesToMs } from '../../common/audio/pcm.js';
import type { TranscriptPosition, TranscriptSummary } from '../transcript-store.js';

const MAX_PAGE = 200;
const DEFAULT_PAGE = 50;
const SEPARATOR = ' ';

/** `GET /transcription/sessions`. `after` is the `next` of the page before. */
export const sessionsQuerySchema = z.object({
  label: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  after: z.string().max(400).transform(readCursor).optional(),
});
export type SessionsQuery = z.output<typeof sessionsQuerySchema>;

export interface SessionsBody {
  /** Newest first, without their words: those are at `GET /transcription/sessions/:id`. */
  sessions: (Omit<TranscriptSummary, 'tenantId'> & { durationMs: number | null })[];
  /** `after` of the next page; null on the last one. */
  next: string | null;
}

/** @param found the sessions of the page, and one more if there is another page */
export function toSessionsBody(found: readonly TranscriptSummary[], limit: number): SessionsBody {
  const page = found.slice(0, limit);
  return {
    sessions: page.map(({ tenantId: _tenantId, ...summary }) => ({
      ...summary,
      durationMs: summary.samples === null ? null : samplesToMs(summary.samples),
    })),
    next: found.length > limit ? writeCursor(page.at(-1)!) : null,
  };
}

function writeCursor({ createdAt, sessionId }: TranscriptPosition): string {
  return Buffer.from(createdAt + SEPARATOR + sessionId).toString('base64url');
}

function readCursor(cursor: string, context: z.RefinementCtx): TranscriptPosition {
  const [createdAt = '', sessionId = ''] = Buffer.from(cursor, 'base64url').toString().split(SEPARATOR);
  if (sessionId === '' || Number.isNaN(Date.parse(createdAt)))
    context.addIssue({ code: 'custom', message: 'after must be the next of an earlier page.' });
  return { createdAt, sessionId };
}
