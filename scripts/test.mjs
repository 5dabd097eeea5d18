/**
 * `npm test`: checks (format, lint, types), unit tests, build, e2e tests; closes with one line `N passed, N failed, N skipped`.
 * `npm run test:suite` leaves the checks out, `npm run test:streams` runs only the e2e tests of what streams: `.ci/run` runs
 * them on the other versions of Node. Further arguments are passed on to jest's e2e run.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const CHECKS = [
  ['format', 'format:check'],
  ['lint', 'lint'],
  ['types', 'types'],
];
const PARTS = {
  all: { checks: CHECKS, projects: ['unit', 'e2e'] },
  suite: { checks: [], projects: ['unit', 'e2e'] },
  streams: { checks: [], projects: ['streams'] },
};

const [partName, jestArguments] = partOf(process.argv.slice(2));
const reports = mkdtempSync(join(tmpdir(), 'parley-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
const skippedTests = [];

function partOf([first, ...rest]) {
  if (first !== undefined && first in PARTS) return [first, rest];
  return ['all', first === undefined ? [] : [first, ...rest]];
}

function step(title, script, args = []) {
  console.log(`\n> ${title}`);
  const { status } = spawnSync(
    'npm',
    ['run', '--silent', script, ...(args.length > 0 ? ['--', ...args] : [])],
    { stdio: 'inherit' },
  );
  return status === 0;
}

function tests(project, args) {
  const report = join(reports, `${project}.json`);
  const succeeded = step(`${project} tests`, 'jest', [
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
  for (const { name, assertionResults } of result.testResults)
    for (const { status, fullName } of assertionResults)
      if (status === 'pending' || status === 'todo') skippedTests.push([name, fullName]);
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
      testResults: [],
    };
  }
}

const { checks, projects } = PARTS[partName];
for (const [title, script] of checks) if (!step(title, script)) total.failed += 1;
// A unit test needs no build; the other projects make one where a source is newer.
for (const project of projects) tests(project, project === 'unit' ? [] : jestArguments);

rmSync(reports, { recursive: true, force: true });
if (skippedTests.length > 0) console.log('\nSkipped, for the reasons printed above:');
for (const [file, name] of skippedTests) console.log(`  ${relative('.', file)}: ${name}`);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
