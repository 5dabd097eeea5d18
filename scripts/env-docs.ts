/** `npm run env:docs`: rewrites `.env.example`, the tables of the README and of docs/configuration.md, and the compose file's lists from the schemas. */
import { writeFileSync } from 'node:fs';
import { fromProject } from '../src/config/project-paths.js';
import { envPages } from './env-pages.js';

for (const [path, page] of Object.entries(envPages())) writeFileSync(fromProject(path), page);
