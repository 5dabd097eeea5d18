import { describe, expect, it } from '@jest/globals';
import { CallerWork } from './caller-work.js';
import type { Caller } from './caller.js';
import { hashOf, plainKeyOf, type ApiKey } from './keys/api-key.js';
import { KeyChanges } from './keys/key-changes.js';

const LATER_MS = Date.now() + 3_600_000;

const callerWith = (keyId: string, token?: string): Caller => ({
  tenantId: 'acme',
  keyId,
  scopes: new Set(),
  ...(token !== undefined && { token: { id: token, bind: {} } }),
});

function start(): {
  sut: CallerWork;
  keys: Map<string, ApiKey>;
  changes: KeyChanges;
  ended: string[];
  run: (caller: Caller, name: string) => () => void;
} {
  const changes = new KeyChanges();
  const keys = new Map<string, ApiKey>();
  const sut = new CallerWork(changes, { find: (keyId) => keys.get(keyId) });
  const ended: string[] = [];
  return {
    sut,
    keys,
    changes,
    ended,
    run: (caller, name) => sut.enter(caller, ({ code }) => void ended.push(`${name} ${code}`)),
  };
}

describe(CallerWork.name, () => {
  it('ends the work of one token, and of no other', () => {
    const { sut, ended, run } = start();
    run(callerWith('k', 'a'), 'a');
    run(callerWith('k', 'b'), 'b');
    run(callerWith('k'), 'key');
    sut.endToken('a');

    expect(ended).toEqual(['a unauthorized']);
    expect(sut.size).toBe(2);
  });

  it('ends the work of a key and of its tokens', () => {
    const { sut, changes, ended, run } = start();
    run(callerWith('k', 'a'), 'a');
    run(callerWith('k'), 'key');
    run(callerWith('other'), 'other');
    changes.announceRevoked('k');

    expect(ended).toEqual(['a unauthorized', 'key unauthorized']);
    expect(sut.size).toBe(1);
  });

  it('ends at once what begins for a caller who was admitted before', () => {
    const { sut, ended, run } = start();
    const caller = callerWith('k', 'a');
    run(caller, 'socket');
    sut.endToken('a');
    run(caller, 'late');

    expect(ended).toEqual(['socket unauthorized', 'late unauthorized']);
    expect(sut.size).toBe(0);
  });

  it('forgets what is over, and lets no fault keep the rest alive', () => {
    const { sut, ended, run } = start();
    const caller = callerWith('k', 'a');
    run(caller, 'over')();
    sut.enter(caller, () => {
      throw new Error('cannot end');
    });
    run(caller, 'rest');
    sut.endToken('a');

    expect(ended).toEqual(['rest unauthorized']);
  });

  it('lets nothing begin for a caller whose own time is over, or that of its key as it is now', () => {
    const { sut, keys } = start();
    const endingAt = (expiresAtMs: number): ApiKey => ({
      ...plainKeyOf({ tenantId: 'acme', keyHash: hashOf('key') }),
      expiresAtMs,
    });
    keys.set('k', endingAt(LATER_MS));
    expect(() => sut.assertMayBegin({ ...callerWith('k', 'a'), expiresAtMs: LATER_MS })).not.toThrow();
    expect(() => sut.assertMayBegin({ ...callerWith('k', 'a'), expiresAtMs: Date.now() })).toThrow('expired');

    keys.set('k', endingAt(Date.now()));
    expect(() => sut.assertMayBegin({ ...callerWith('k', 'a'), expiresAtMs: LATER_MS })).toThrow('expired');
    expect(() => sut.assertNotExpired(callerWith('k'))).toThrow('expired');
    expect(() => sut.assertMayBegin(callerWith('other'))).not.toThrow();
  });

  it('lets nothing begin with a token that is bound to what has begun', () => {
    const { sut } = start();
    const bound = { ...callerWith('k'), token: { id: 'a', bind: { session: 's' } } };

    expect(() => sut.assertMayBegin(bound)).toThrow('bound');
    expect(() => sut.assertNotExpired(bound)).not.toThrow();
  });
});
