/** `npm run audit:production`: asks the registry for advisories about what is shipped. 1: some are not explained; 2: it could not be asked. */
import { spawnSync } from 'node:child_process';
import { judgeAudit } from './audit/judge-audit.js';
import { KNOWN_ADVISORIES } from './audit/known-advisories.js';

const { stdout, stderr } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8' });
try {
  const lines = judgeAudit(JSON.parse(stdout), KNOWN_ADVISORIES);
  for (const line of lines) console.error(line);
  if (lines.length === 0)
    console.log(`No advisory without an explanation (${KNOWN_ADVISORIES.length} explained).`);
  process.exitCode = lines.length === 0 ? 0 : 1;
} catch {
  console.error(`The registry could not be asked:\n${stdout}${stderr}`);
  process.exitCode = 2;
}
