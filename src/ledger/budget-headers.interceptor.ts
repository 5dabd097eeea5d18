import {
  mixin,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { callerOf } from '../auth/current-caller.decorator.js';
import { Budgets } from './budgets.js';
import type { BudgetUnit } from './ledger.js';
import { policyName, rateLimitFields } from './rate-limit-fields.js';

/** Tells with each answer how the budgets of these units stood when it was asked for. */
export function BudgetHeaders(...units: BudgetUnit[]): Type<NestInterceptor> {
  class BudgetHeadersInterceptor implements NestInterceptor {
    constructor(private readonly budgets: Budgets) {}

    async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
      const http = context.switchToHttp();
      const caller = callerOf(http.getRequest<Request>());
      if (caller) {
        const response = http.getResponse<Response>();
        const states = await this.budgets.states(caller, units);
        for (const [name, value] of Object.entries(rateLimitFields(states))) response.setHeader(name, value);
        const exceeded = states.filter(({ isSoft, remaining }) => isSoft && remaining === 0);
        if (exceeded.length > 0) response.setHeader('X-Budget-Exceeded', exceeded.map(policyName).join(', '));
      }
      return next.handle();
    }
  }
  Reflect.defineMetadata('design:paramtypes', [Budgets], BudgetHeadersInterceptor);
  return mixin(BudgetHeadersInterceptor);
}
