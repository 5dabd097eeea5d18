import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RequestHandler } from 'express';
import { startInTurn } from './start-in-turn.js';

describe(startInTurn.name, () => {
  let sut: RequestHandler;
  let begun: string[];

  beforeEach(() => {
    sut = startInTurn();
    begun = [];
  });

  function arrive(...names: string[]): void {
    for (const name of names) sut({} as never, {} as never, () => begun.push(name));
  }

  it('lets a request that comes alone begin at once', () => {
    arrive('a');

    expect(begun).toEqual(['a']);
  });

  it('lets one of those that come together begin in each turn, in their order', async () => {
    arrive('a', 'b', 'c');
    const turns = [[...begun]];
    for (let turn = 0; turn < 3; turn += 1) {
      await nextTurn();
      turns.push([...begun]);
    }

    expect(turns).toEqual([['a'], ['a', 'b'], ['a', 'b', 'c'], ['a', 'b', 'c']]);
  });

  it('does not begin a request whose client has left, nor waits for it', async () => {
    arrive('a');
    sut({} as never, { destroyed: true } as never, () => begun.push('gone'));
    arrive('b');
    await nextTurn();

    expect(begun).toEqual(['a', 'b']);
  });

  it('lets a request begin at once again when none is left', async () => {
    arrive('a', 'b');
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();

    arrive('c');

    expect(begun).toEqual(['a', 'b', 'c']);
  });
});
