/**
 * `npm test`: check (format, lint, types, unit tests), build, e2e tests; closes with one line `N passed, N failed`. Arguments
 * are passed on to jest's e2e run.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const reports = mkdtempSync(join(tmpdir(), 'parley-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };

function step(title, script, args = []) {
  console.log(`\n> ${title}`);
  const { status } = spawnSync(
    'npm',
    ['run', '--silent', script, ...(args.length > 0 ? ['--', ...args] : [])],
    {
      stdio: 'inherit',
    },
  );
  return status === 0;
}

function tests(title, project, args = []) {
  const report = join(reports, `${project}.json`);
  const succeeded = step(title, 'jest', [
    '--selectProjects',
    project,
    '--json',
    `--outputFile=${report}`,
    ...args,
  ]);
  const result = readReport(report);
  total.passed += result.numPassedTests;
  total.failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
  total.skipped += result.numPendingTests + result.numTodoTests;
  if (!succeeded && result.numFailedTests + result.numRuntimeErrorTestSuites === 0) total.failed += 1;
  return succeeded;
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {
      numPassedTests: 0,
      numFailedTests: 0,
      numPendingTests: 0,
      numTodoTests: 0,
      numRuntimeErrorTestSuites: 1,
    };
  }
}

const checks = [
  ['format', 'format:check'],
  ['lint', 'lint'],
  ['types', 'types'],
];
for (const [title, script] of checks) if (!step(title, script)) total.failed += 1;
tests('unit tests', 'unit');
if (step('build', 'build')) tests('e2e tests', 'e2e', process.argv.slice(2));
else total.failed += 1;

rmSync(reports, { recursive: true, force: true });
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
