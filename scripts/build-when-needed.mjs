/** Builds the product when there is no build yet or a source is newer than it, so that `npm start` is one command. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Parley needs Node 20.19 or later; this is ${process.versions.node}.`);
  process.exit(78);
}

const project = join(dirname(fileURLToPath(import.meta.url)), '..');
const built = join(project, 'dist', 'main.js');

function newest(path) {
  const status = statSync(path);
  // A folder is as new as its last file that came, went or was renamed.
  if (!status.isDirectory()) return path.endsWith('.spec.ts') ? 0 : status.mtimeMs;
  return Math.max(status.mtimeMs, ...readdirSync(path).map((entry) => newest(join(path, entry))));
}

const sources = ['src', 'tsconfig.json', 'tsconfig.build.json', 'nest-cli.json', 'package.json'];
const isCurrent =
  existsSync(built) &&
  sources.every(
    (source) =>
      !existsSync(join(project, source)) || newest(join(project, source)) <= statSync(built).mtimeMs,
  );

// An image holds the build alone: nothing to compare with, nothing to build from.
if (existsSync(join(project, 'src')) && !isCurrent) {
  console.log('Building …');
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: project, stdio: 'inherit' });
  process.exit(status ?? 1);
}
