import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { IssuerKeys } from '../auth/tokens/issuer-keys.js';
import { HealthRegistry, type ComponentHealth } from './health-registry.js';

/** Reports whether the keys of the identity provider can be fetched, where there is one. Without them keys and our own tokens are served on. */
@Injectable()
export class IssuerHealth implements OnModuleInit {
  constructor(
    @Inject(IssuerKeys) private readonly keys: IssuerKeys | undefined,
    private readonly registry: HealthRegistry,
  ) {}

  onModuleInit(): void {
    const { keys } = this;
    if (keys) this.registry.register('issuer', () => healthOf(keys));
  }
}

function healthOf({ isStarting, fault, areThere }: IssuerKeys): ComponentHealth {
  if (isStarting) return { status: 'starting', provider: 'jwks' };
  if (fault === undefined) return { status: 'ok', provider: 'jwks' };
  return {
    status: 'degraded',
    provider: 'jwks',
    detail: { fault: `AUTH_JWT_JWKS_URL: ${fault}`, hasKeys: areThere },
  };
}
