/**
 * `node deploy/first-secrets.mjs FOLDER`: at the first start of the compose file makes what its services share, so that no secret is
 * known before: the token between gateway and worker, and an API key unless API_KEYS is set. Each service reads its own file
 * (PARLEY_ENV_FILE). The key itself is shown once and kept nowhere.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2] ?? '';
const gatewayFile = join(folder, 'gateway.env');
const workerFile = join(folder, 'worker.env');

/** Never half a file: a start that was cut off begins anew. */
function write(path, lines) {
  writeFileSync(`${path}.new`, `${lines.join('\n')}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

if (existsSync(gatewayFile)) {
  console.log(
    'The API key was shown at the first start. For a new one: docker compose down --volumes, then up.',
  );
} else {
  const token = `WHISPER_TOKEN=${randomBytes(24).toString('base64url')}`;
  write(workerFile, [token]);
  if (process.env.API_KEYS) write(gatewayFile, [token]);
  else {
    const key = `parley-${randomBytes(24).toString('base64url')}`;
    const hash = createHash('sha256').update(key).digest('hex');
    write(gatewayFile, [token, `API_KEYS=first:${hash}`]);
    console.log(`\n  API key (shown only now): ${key}\n`);
  }
}
