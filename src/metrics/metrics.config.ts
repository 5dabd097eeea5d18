import { configSlice, type EnvOf } from '../config/config-slice.js';
import { optionalPort } from '../config/env-variables.js';

const variables = {
  METRICS_PORT: optionalPort(
    'port on 127.0.0.1 where /metrics needs no key; 0 takes a free one (default: none, only /metrics with a key of the scope admin)',
  ),
} as const;

export const metricsConfig = configSlice('metrics', 'Metrics', variables, (env: EnvOf<typeof variables>) => ({
  port: env.METRICS_PORT,
}));
