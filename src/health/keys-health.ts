import { Injectable, type OnModuleInit } from '@nestjs/common';
import { KeyRing } from '../auth/keys/key-ring.js';
import { HealthRegistry, type ComponentHealth } from './health-registry.js';

/** Reports the file of keys, where there is one. Its keys are not counted here: anybody may ask. */
@Injectable()
export class KeysHealth implements OnModuleInit {
  constructor(
    private readonly ring: KeyRing,
    private readonly registry: HealthRegistry,
  ) {}

  onModuleInit(): void {
    if (this.ring.hasFile) this.registry.register('keys', () => this.check());
  }

  private check(): ComponentHealth {
    const { fault } = this.ring;
    if (fault === undefined) return { status: 'ok', provider: 'file' };
    return { status: 'degraded', provider: 'file', detail: { fault: `API_KEYS_FILE: ${fault}` } };
  }
}
