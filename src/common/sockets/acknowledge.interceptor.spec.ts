import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { defer, firstValueFrom, of, throwError, type Observable } from 'rxjs';
import { ForbiddenError, OverloadedError } from '../errors/caller-errors.js';
import type { EventGate } from './event-gate.js';
import { AcknowledgeInterceptor, OnFailure } from './acknowledge.interceptor.js';

const SOCKET = { data: { requestId: 'connection-1' }, told: [] as unknown[] };

class Gateway {
  plain(): void {}

  @OnFailure((socket: typeof SOCKET, failure) => socket.told.push(failure))
  told(): void {}
}

function acknowledge(
  handler: keyof Gateway,
  result: Observable<object | undefined>,
  gate: EventGate = { check: () => undefined },
): Promise<unknown> {
  const sut = new AcknowledgeInterceptor(new Reflector(), gate);
  const context = {
    getHandler: () => Gateway.prototype[handler],
    switchToWs: () => ({ getClient: () => SOCKET }),
  } as unknown as ExecutionContext;
  return firstValueFrom(sut.intercept(context, { handle: () => result }));
}

const FULL = throwError(() => new OverloadedError('Full.', { retryAfterMs: 250 }));
const FAILURE = {
  code: 'overloaded',
  message: 'Full.',
  retryable: true,
  requestId: 'connection-1',
  retryAfterMs: 250,
};

describe(AcknowledgeInterceptor.name, () => {
  it('acknowledges what a handler returns', async () => {
    expect(await acknowledge('plain', of({ received: 3 }))).toEqual({ ok: true, received: 3 });
  });

  it('acknowledges a handler that returns nothing', async () => {
    expect(await acknowledge('plain', of(undefined))).toEqual({ ok: true });
  });

  it('acknowledges a failure', async () => {
    expect(await acknowledge('plain', FULL)).toEqual({ ok: false, ...FAILURE });
  });

  it('sends a failure by an event as well where the handler asks for it', async () => {
    await acknowledge('told', FULL);

    expect(SOCKET.told).toEqual([FAILURE]);
  });

  it('acknowledges a refusal, and runs nothing then', async () => {
    let isRun = false;
    const work = defer(() => {
      isRun = true;
      return of(undefined);
    });
    const gate: EventGate = {
      check: () => {
        throw new ForbiddenError('No.');
      },
    };

    expect(await acknowledge('plain', work, gate)).toEqual({
      ok: false,
      code: 'forbidden',
      message: 'No.',
      retryable: false,
      requestId: 'connection-1',
    });
    expect(isRun).toBe(false);
  });
});
