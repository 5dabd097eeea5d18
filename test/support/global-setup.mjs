/**
 * Jest's global setup. What a machine happens to have decides no test: the code under test finds node, npm, sh and git on its
 * PATH and nothing else, and no variable of Parley or of a client library is left from a developer's shell or `.env`. A test
 * that wants a program of the machine takes it from `programs.ts`, which looks through the machine's own PATH. Tests that
 * start the built product get a build of the sources as they are now.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const PROGRAMS = ['npm', 'npx', 'sh', 'git'];
/** Of libraries in this process: the OpenAI SDK and proxies. */
const OF_LIBRARIES = /^(OPENAI_.*|(https?|all|no)_proxy)$/i;
const VARIABLE_OF_EXAMPLE = /^#([A-Z][A-Z0-9_]*)=/gm;

export default function setUp(_globalConfig, { displayName }) {
  hideTheMachine();
  if (displayName.name !== 'unit') build();
}

function build() {
  const { status } = spawnSync(process.execPath, [join(project, 'scripts', 'build-when-needed.mjs')], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('The product cannot be built');
}

function hideTheMachine() {
  // Once per run, however many projects it has.
  if (process.env.TEST_MACHINE_PATH !== undefined) return;
  process.env.TEST_MACHINE_PATH = process.env.PATH ?? '';
  process.env.PATH = folderOfPrograms(process.env.TEST_MACHINE_PATH);
  process.env.PARLEY_ENV_FILE = 'none';

  const example = readFileSync(join(project, '.env.example'), 'utf8');
  const ofParley = new Set([...example.matchAll(VARIABLE_OF_EXAMPLE)].map(([, name]) => name));
  for (const name of Object.keys(process.env)) {
    const isKept = name === 'NODE_ENV' || name === 'PARLEY_ENV_FILE';
    if (!isKept && (ofParley.has(name) || OF_LIBRARIES.test(name))) delete process.env[name];
  }
}

function folderOfPrograms(path) {
  const folder = mkdtempSync(join(tmpdir(), 'parley-path-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(process.execPath, join(folder, 'node'));
  for (const name of PROGRAMS) {
    const found = path
      .split(delimiter)
      .map((each) => join(each, name))
      .find((each) => existsSync(each));
    if (found !== undefined) symlinkSync(realpathSync(found), join(folder, name));
  }
  return folder;
}
