import { mixin, type CanActivate, type ExecutionContext, type Type } from '@nestjs/common';
import type { Request, Response } from 'express';
import { callerOf } from '../auth/current-caller.decorator.js';
import { Budgets } from './budgets.js';
import type { BudgetUnit } from './ledger.js';
import { policyName, rateLimitFields } from './rate-limit-fields.js';

/**
 * Tells with each answer how the budgets of these units stood when it was asked for. A guard, though it refuses nobody: behind an
 * interceptor Nest would open the stream of an `@Sse` handler before the handler can still fail with a status.
 */
export function BudgetHeaders(...units: BudgetUnit[]): Type<CanActivate> {
  class BudgetHeadersGuard implements CanActivate {
    constructor(private readonly budgets: Budgets) {}

    async canActivate(context: ExecutionContext): Promise<boolean> {
      const http = context.switchToHttp();
      const caller = callerOf(http.getRequest<Request>());
      if (!caller) return true;
      const response = http.getResponse<Response>();
      const states = await this.budgets.states(caller, units);
      for (const [name, value] of Object.entries(rateLimitFields(states))) response.setHeader(name, value);
      const exceeded = states.filter(({ isSoft, remaining }) => isSoft && remaining === 0);
      if (exceeded.length > 0) response.setHeader('X-Budget-Exceeded', exceeded.map(policyName).join(', '));
      return true;
    }
  }
  Reflect.defineMetadata('design:paramtypes', [Budgets], BudgetHeadersGuard);
  return mixin(BudgetHeadersGuard);
}
