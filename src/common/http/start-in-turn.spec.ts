import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RequestHandler } from 'express';
import { startInTurn } from './start-in-turn.js';

describe(startInTurn.name, () => {
  let sut: RequestHandler;
  let begun: string[];

  beforeEach(() => {
    sut = startInTurn(({ ip }) => ip!);
    begun = [];
  });

  function arrive(...names: string[]): void {
    const into = begun;
    for (const name of names)
      sut({ ip: name.charAt(0) } as never, {} as never, (error: unknown) =>
        into.push(error ? 'refused' : name),
      );
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
    sut({ ip: 'g' } as never, { destroyed: true } as never, () => begun.push('gone'));
    arrive('b');
    await nextTurn();

    expect(begun).toEqual(['a', 'b']);
  });

  it('lets those who wait take turns, however many requests one of them has sent', async () => {
    arrive('a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1');
    for (let turn = 0; turn < 6; turn += 1) await nextTurn();

    expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
  });

  it('refuses one who has too many waiting, and nobody else', () => {
    arrive(...Array.from({ length: 1_002 }, () => 'a'), 'b');

    expect(begun).toEqual(['a', 'refused']);
  });

  it('lets a request begin at once again when none is left', async () => {
    arrive('a', 'b');
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();

    arrive('c');

    expect(begun).toEqual(['a', 'b', 'c']);
  });
});
