/** `node scripts/probe.mjs URL`: exit 0 when the URL answers 2xx within two seconds. For health checks in slim images. */
const response = await fetch(process.argv[2], { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
process.exit(response?.ok ? 0 : 1);
