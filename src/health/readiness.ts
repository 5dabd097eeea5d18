import type { ComponentHealth } from './health-registry.js';

/** The answer of `/health/ready`. */
export interface Readiness {
  status: 'ready' | 'not_ready';
  profile: 'demo' | 'standard';
  components: Record<string, ComponentHealth>;
}
