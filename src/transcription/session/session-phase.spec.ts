import { beforeEach, describe, expect, it } from '@jest/globals';
import type { TranscriberSession } from '../transcriber.js';
import { SessionPhase } from './session-phase.js';

const PLACE = { position: 2, etaMs: 1_000 };
const SUMMARY = { lastEventId: 3, samples: 16_000, finals: 3 };
const transcriber = {} as TranscriberSession;

describe(SessionPhase.name, () => {
  let sut: SessionPhase;

  beforeEach(() => {
    sut = new SessionPhase();
  });

  it('keeps its place in the queue until there is a transcriber', () => {
    sut.queued(PLACE);
    expect(sut).toMatchObject({ isWaiting: true, place: PLACE, transcriber: undefined });

    sut.live(transcriber);
    expect(sut).toMatchObject({ isWaiting: false, place: undefined, transcriber });
  });

  it('tells once that it waits for any worker, and that it has waited', () => {
    expect([sut.waiting(), sut.waiting()]).toEqual([true, false]);
    sut.queued(PLACE);

    expect(sut.place).toBeUndefined();
    expect(sut.live(transcriber)).toBe(true);
  });

  it('goes on with the search for a transcriber while it ends', () => {
    sut.queued(PLACE);
    sut.ending();
    expect(sut).toMatchObject({ isEnding: true, isWaiting: true, place: PLACE });

    sut.live(transcriber);
    expect(sut).toMatchObject({ isEnding: true, isWaiting: false, transcriber });
  });

  it('ends for the first of several failures', () => {
    const [first, second] = [new Error('first'), new Error('second')];
    sut.live(transcriber);

    expect([sut.ending(), sut.ending(first), sut.ending(second)]).toEqual([false, true, false]);
    sut.over(SUMMARY);
    expect(sut.outcome).toEqual({ failure: first, summary: SUMMARY });
  });

  it('changes no more when it is over', () => {
    sut.over(undefined);
    sut.queued(PLACE);
    sut.live(transcriber);

    expect(sut).toMatchObject({ isEnding: true, isWaiting: false, transcriber: undefined, outcome: {} });
  });
});
