import { describe, expect, it } from '@jest/globals';
import { judgeAudit } from '../../scripts/audit/judge-audit.js';
import { KNOWN_ADVISORIES } from '../../scripts/audit/known-advisories.js';
import { productionPackages } from '../../scripts/notices/npm-packages.js';

const via = {
  url: 'https://github.com/advisories/GHSA-1111-2222-3333',
  title: 'Bad',
  name: 'lodash',
  severity: 'high',
};
/** As `npm audit --json` writes it: a package with an advisory, and one that needs it. */
const report = {
  auditReportVersion: 2,
  vulnerabilities: { lodash: { via: [via] }, needy: { via: ['lodash'] } },
};
const known = { id: 'GHSA-1111-2222-3333', package: 'lodash', reason: 'Nothing of a caller reaches it.' };

/** The registry itself is asked by `npm run audit:production`, which needs the network. */
describe('advisories about packages of production', () => {
  it('are told, once each, unless somebody has explained them', () => {
    expect(judgeAudit(report, [])).toEqual(['lodash: Bad (high, GHSA-1111-2222-3333)']);
    expect(judgeAudit(report, [known])).toEqual([]);
  });

  it.each([
    ['of another package', { ...known, package: 'other' }],
    ['without a reason', { ...known, reason: '' }],
  ])('are not explained by an entry %s', (_case, entry) => {
    expect(judgeAudit(report, [entry])).toEqual(['lodash: Bad (high, GHSA-1111-2222-3333)']);
  });

  it('are taken off the list when they are gone', () => {
    expect(judgeAudit({ vulnerabilities: {} }, [known])).toEqual([
      'lodash: GHSA-1111-2222-3333 is explained, and is there no more',
    ]);
  });

  it('are not taken for none when the registry has not answered', () => {
    expect(() => judgeAudit({ message: '405 Method Not Allowed' }, [])).toThrow('vulnerabilities');
  });

  it('are explained only for packages that are shipped', () => {
    const shipped = new Set(productionPackages().map(({ name }) => name));

    expect(KNOWN_ADVISORIES.filter((each) => !shipped.has(each.package))).toEqual([]);
  });
});
