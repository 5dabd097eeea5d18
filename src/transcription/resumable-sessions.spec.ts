import { describe, expect, it } from '@jest/globals';
import { ResumeExpiredError, UnauthorizedError } from '../common/errors/caller-errors.js';
import { ResumableSessions } from './resumable-sessions.js';
import type { TranscriptionSession } from './transcription-session.js';

function session(id: string): TranscriptionSession {
  return { id, owner: { tenantId: 'acme', sessionId: id } } as unknown as TranscriptionSession;
}

describe(ResumableSessions.name, () => {
  it('gives a session to the holder of its token', () => {
    const sut = new ResumableSessions(60_000, 10);
    const added = session('s1');

    expect(sut.find('acme', 's1', sut.add(added))).toBe(added);
  });

  it('refuses a wrong token', () => {
    const sut = new ResumableSessions(60_000, 10);
    sut.add(session('s1'));

    expect(() => sut.find('acme', 's1', 'guess')).toThrow(UnauthorizedError);
  });

  it("does not say that another tenant's session exists", () => {
    const sut = new ResumableSessions(60_000, 10);
    const token = sut.add(session('s1'));

    expect(() => sut.find('globex', 's1', token)).toThrow(ResumeExpiredError);
  });

  it('keeps an ended session for a while, but only so many', () => {
    const sut = new ResumableSessions(60_000, 1);
    const tokens = ['s1', 's2'].map((id) => sut.add(session(id)));

    sut.ended('s1');
    expect(sut.find('acme', 's1', tokens[0]!).id).toBe('s1');
    sut.ended('s2');

    expect(() => sut.find('acme', 's1', tokens[0]!)).toThrow(ResumeExpiredError);
    expect(sut.size).toBe(1);
    sut.remove('s2');
    expect(sut.size).toBe(0);
  });
});
