/**
 * `npm test`: checks (format, lint, types), unit tests, build, e2e tests; closes with one line `N passed, N failed, N skipped`.
 * `npm run test:suite` leaves the checks out, `npm run test:streams` runs only the e2e tests of what streams: `.ci/run` runs
 * them on the other versions of Node. Further arguments are passed on to jest's e2e run.
 *
 * A few files that failed run once more, by themselves: on a busy machine one of thousands of tests may find no CPU in time. What
 * fails again has failed; what does not is named at the end.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { text } from 'node:stream/consumers';

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
/** The last result of each test file. */
const resultOf = new Map();
const ranAgain = [];
/** Steps that failed, and runs of jest that ended without a word of a failed test. */
let failedSteps = 0;

/** More failed files than these are no accident. */
const MOST_RUN_AGAIN = 3;

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

/** Runs the checks side by side, since each has one thread, and prints what each has said in turn. */
async function check(checks) {
  const runs = checks.map(([title, script]) => {
    const child = spawn('npm', ['run', '--silent', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise((resolve) => child.once('close', resolve));
    return { title, said: Promise.all([text(child.stdout), text(child.stderr)]), ended };
  });
  for (const { title, said, ended } of runs) {
    const [output, errors] = await said;
    console.log(`\n> ${title}\n${output}${errors}`.trimEnd());
    if ((await ended) !== 0) failedSteps += 1;
  }
}

function tests(project, args) {
  const failed = run(project, `${project} tests`, args);
  if (failed.length === 0 || failed.length > MOST_RUN_AGAIN) return;
  run(project, `${project} tests that failed, again`, ['--runInBand', '--runTestsByPath', ...failed]);
  ranAgain.push(...failed);
}

/** Runs jest and gives the files that failed. */
function run(project, title, args) {
  const report = join(reports, `${project}.json`);
  rmSync(report, { force: true });
  const succeeded = step(title, 'jest', [
    '--selectProjects',
    project,
    '--json',
    `--outputFile=${report}`,
    ...args,
  ]);
  const results = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')).testResults : [];
  for (const result of results) resultOf.set(result.name, result);
  const failed = results.filter(({ status }) => status === 'failed').map(({ name }) => name);
  if (!succeeded && failed.length === 0) failedSteps += 1;
  return failed;
}

const { checks, projects } = PARTS[partName];
await check(checks);
// A unit test needs no build; the other projects make one where a source is newer.
for (const project of projects) tests(project, project === 'unit' ? [] : jestArguments);
rmSync(reports, { recursive: true, force: true });

const tested = [...resultOf.values()].flatMap(({ name, assertionResults }) =>
  assertionResults.map(({ status, fullName }) => ({ file: relative('.', name), status, fullName })),
);
const brokenFiles = [...resultOf.values()].filter(
  ({ status, assertionResults }) =>
    status === 'failed' && assertionResults.every(({ status }) => status !== 'failed'),
);
const count = (...statuses) => tested.filter(({ status }) => statuses.includes(status)).length;
const passed = count('passed');
const failed = count('failed') + brokenFiles.length + failedSteps;
const skipped = count('pending', 'todo');

function list(title, lines) {
  if (lines.length > 0) console.log(`\n${title}`);
  for (const line of lines) console.log(`  ${line}`);
}

list(
  'Skipped, for the reasons printed above:',
  tested
    .filter(({ status }) => status === 'pending' || status === 'todo')
    .map(({ file, fullName }) => `${file}: ${fullName}`),
);
list(
  'Failed at first, and counted as they ended when they ran again, by themselves:',
  ranAgain.map((file) => relative('.', file)),
);
console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
