/** `npm run env:docs`: rewrites `.env.example`, the configuration table and the compose file's lists from the schema. */
import { readFileSync, writeFileSync } from 'node:fs';
import { envExample, envTable, replaceComposeLists, replaceEnvTable } from '../src/config/env-docs.js';

writeFileSync('.env.example', envExample());
writeFileSync('README.md', replaceEnvTable(readFileSync('README.md', 'utf8'), envTable()));
writeFileSync('docker-compose.yml', replaceComposeLists(readFileSync('docker-compose.yml', 'utf8')));
