/** `npm run api-key -- TENANT`: makes a key for a caller and the entry of API_KEYS that admits it. */
import { createHash, randomBytes } from 'node:crypto';

const tenant = process.argv[2] ?? '';
if (!/^[a-z0-9][a-z0-9._-]{0,63}$/i.test(tenant)) {
  console.error('Usage: npm run api-key -- TENANT   (letters, digits, dot, dash, underscore)');
  process.exit(2);
}
const key = `parley-${randomBytes(24).toString('base64url')}`;
const hash = createHash('sha256').update(key).digest('hex');
console.log(`Give this to the caller, it is shown only now:   ${key}`);
console.log(`Add this to API_KEYS (comma-separated):           ${tenant}:${hash}`);
