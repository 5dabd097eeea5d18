import { createRequire } from 'node:module';
import { tidy } from './npm-packages.js';

const known = createRequire(import.meta.url)('spdx-license-list/full') as Record<
  string,
  { name: string; licenseText: string } | undefined
>;

/**
 * The published text of a licence, for what comes without a text of its own.
 * @param licence SPDX name
 */
export function standardText(licence: string): string {
  const found = known[licence];
  if (!found) throw new Error(`No published text of ${licence}`);
  return `${found.name} (${licence})\n\n${tidy(found.licenseText)}`;
}
