import { Injectable } from '@nestjs/common';

export const COMPONENT_STATUSES = ['ok', 'starting', 'down', 'unconfigured', 'degraded'] as const;

export interface ComponentHealth {
  /**
   * `unconfigured` does not make the server unready: the feature answers 503 and says which variable to set. Nor does `degraded`: it
   * works on with what it had before, and `detail` says what is wrong.
   */
  status: (typeof COMPONENT_STATUSES)[number];
  /** The engine or service behind the component, e.g. `espeak`. */
  provider: string | null;
  /** More for people: model names, counts. No secrets, no addresses. */
  detail?: Record<string, string | number | boolean | null>;
}

/** The health of a component now. It answers quickly and calls no provider that costs money. */
export type HealthCheck = () => ComponentHealth | Promise<ComponentHealth>;

/** What `/health/ready` reports. Each feature registers its check in its module's `onModuleInit`. */
@Injectable()
export class HealthRegistry {
  private readonly checks = new Map<string, HealthCheck>();

  register(component: string, check: HealthCheck): void {
    this.checks.set(component, check);
  }

  async report(): Promise<Record<string, ComponentHealth>> {
    const entries = [...this.checks].map(async ([name, check]) => [name, await check()] as const);
    return Object.fromEntries(await Promise.all(entries));
  }
}
