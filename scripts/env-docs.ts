/** `npm run env:docs`: rewrites `.env.example`, the tables of the README and of docs/configuration.md, and the compose file's lists from the schema. */
import { readFileSync, writeFileSync } from 'node:fs';
import {
  envExample,
  envTable,
  replaceComposeLists,
  replaceEnvTable,
  firstEnvTable,
} from '../src/config/env-docs.js';

writeFileSync('.env.example', envExample());
const tables = { 'README.md': firstEnvTable(), 'docs/configuration.md': envTable() };
for (const [page, table] of Object.entries(tables))
  writeFileSync(page, replaceEnvTable(readFileSync(page, 'utf8'), table));
writeFileSync('docker-compose.yml', replaceComposeLists(readFileSync('docker-compose.yml', 'utf8')));
