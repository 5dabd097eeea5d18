/** `npm run notices`: writes THIRD_PARTY_NOTICES, unless a package of production has a licence that nobody has looked at. */
import { writeFileSync } from 'node:fs';
import { fromProject } from '../src/config/project-paths.js';
import { refusals } from './notices/allowed-licences.js';
import { noticesPage } from './notices/notices-page.js';
import { productionPackages } from './notices/npm-packages.js';

const refused = refusals(productionPackages());
if (refused.length > 0) {
  console.error(`Look at these licences first (scripts/notices/allowed-licences.ts):\n${refused.join('\n')}`);
  process.exit(1);
}
writeFileSync(fromProject('THIRD_PARTY_NOTICES'), noticesPage());
