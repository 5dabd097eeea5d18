import { describe, expect, it } from '@jest/globals';
import { ResumeExpiredError, UnauthorizedError } from '../../common/errors/caller-errors.js';
import { SessionRegistry } from './session-registry.js';
import type { TranscriptionSession } from './transcription-session.js';

function session(id: string, isOver = true): TranscriptionSession {
  return { id, isOver, owner: { tenantId: 'acme', sessionId: id } } as unknown as TranscriptionSession;
}

describe(SessionRegistry.name, () => {
  it('gives a session to the holder of its token', () => {
    const sut = new SessionRegistry(60_000, 10);
    const added = session('s1');

    expect(sut.find('acme', 's1', sut.addResumable(added))).toBe(added);
  });

  it('refuses a wrong token', () => {
    const sut = new SessionRegistry(60_000, 10);
    sut.addResumable(session('s1'));

    expect(() => sut.find('acme', 's1', 'guess')).toThrow(UnauthorizedError);
  });

  it("does not say that another tenant's session exists", () => {
    const sut = new SessionRegistry(60_000, 10);
    const token = sut.addResumable(session('s1'));

    expect(() => sut.find('globex', 's1', token)).toThrow(ResumeExpiredError);
  });

  it('gives a session that ends with its connection to nobody', () => {
    const sut = new SessionRegistry(60_000, 10);
    sut.add(session('s1'));

    expect(() => sut.find('acme', 's1', 'guess')).toThrow(ResumeExpiredError);
  });

  it('keeps a session that is over for a while, but only so many', () => {
    const sut = new SessionRegistry(60_000, 1);
    const [first, second] = [session('s1'), session('s2')];
    const tokens = [first, second].map((each) => sut.addResumable(each));

    sut.ended(first);
    expect(sut.find('acme', 's1', tokens[0]!)).toBe(first);
    sut.ended(second);

    expect(() => sut.find('acme', 's1', tokens[0]!)).toThrow(ResumeExpiredError);
    expect(sut.find('acme', 's2', tokens[1]!)).toBe(second);
    expect(sut.running).toEqual([]);
  });

  it('forgets a session that was refused', () => {
    const sut = new SessionRegistry(60_000, 10);
    const refused = session('s1', false);
    const token = sut.addResumable(refused);

    sut.ended(refused);

    expect(() => sut.find('acme', 's1', token)).toThrow(ResumeExpiredError);
  });
});
