import { describe, expect, it } from '@jest/globals';
import { FairQueue } from './fair-queue.js';

function takeAll(sut: FairQueue<string>): string {
  let order = '';
  for (let item = sut.next(); item !== undefined; item = sut.next()) order += item;
  return order;
}

describe(FairQueue.name, () => {
  it('gives equals in order of arrival', () => {
    const sut = new FairQueue<string>();
    for (const item of ['a', 'b', 'c']) sut.push({}, 1, item);
    expect(takeAll(sut)).toBe('abc');
  });

  it('does not let one owner with many items keep another waiting', () => {
    const sut = new FairQueue<string>();
    const [talkative, quiet] = [{}, {}];
    for (let i = 0; i < 5; i += 1) sut.push(talkative, 1, 'T');
    sut.push(quiet, 1, 'q');
    expect(takeAll(sut)).toBe('TqTTTT');
  });

  it('counts long items for more than short ones', () => {
    const sut = new FairQueue<string>();
    const [long, short] = [{}, {}];
    for (let i = 0; i < 2; i += 1) sut.push(long, 4, 'L');
    for (let i = 0; i < 4; i += 1) sut.push(short, 1, 's');
    expect(takeAll(sut)).toBe('LssssL');
  });

  it('gives no credit for having been away', () => {
    const sut = new FairQueue<string>();
    const [early, late] = [{}, {}];
    for (let i = 0; i < 10; i += 1) sut.push(early, 1, 'e');
    for (let i = 0; i < 8; i += 1) sut.next();
    for (let i = 0; i < 3; i += 1) sut.push(late, 1, 'l');
    expect(takeAll(sut)).toBe('lelel');
  });

  it('forgets what is taken out, with its cost', () => {
    const sut = new FairQueue<string>();
    sut.push({}, 3, 'a');
    sut.push({}, 4, 'b');
    sut.remove('a');
    expect([sut.size, sut.cost, takeAll(sut), sut.cost]).toEqual([1, 4, 'b', 0]);
  });
});
