import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { fromProject } from './config/project-paths.js';
import { nodeFault } from './node-version.js';

describe(nodeFault.name, () => {
  it.each(['12.22.12', '18.20.8', '20.18.3'])('refuses %s, and says what is needed', (version) => {
    const { engines } = JSON.parse(readFileSync(fromProject('package.json'), 'utf8')) as {
      engines: { node: string };
    };

    expect(nodeFault(version)).toContain(version);
    expect(nodeFault(version)).toContain(engines.node.replace('>=', ''));
  });

  it.each(['20.19.0', '22.0.0', '24.21.1', '26.0.0'])('takes %s', (version) => {
    expect(nodeFault(version)).toBeUndefined();
  });

  it('is asked before anything else is loaded', () => {
    const imports = readFileSync(fromProject('src/main.ts'), 'utf8').match(/^import .*$/gm);

    expect(imports).toEqual(["import { nodeFault } from './node-version.js';"]);
  });
});
