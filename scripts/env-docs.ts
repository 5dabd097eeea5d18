/** `npm run env:docs`: rewrites `.env.example` and the README's configuration table from the schema. */
import { readFileSync, writeFileSync } from 'node:fs';
import { envExample, envTable, replaceEnvTable } from '../src/config/env-docs.js';

writeFileSync('.env.example', envExample());
writeFileSync('README.md', replaceEnvTable(readFileSync('README.md', 'utf8'), envTable()));
