import { describe, expect, it } from '@jest/globals';
import { ProgressBar } from './progress-bar.js';

function run(isTTY: boolean, bytes: number[]): string {
  let shown = '';
  const sut = new ProgressBar({ isTTY, write: (text) => (shown += text) });
  for (const received of bytes) sut.show('tiny', received, 1_000_000);
  return shown;
}

describe(ProgressBar.name, () => {
  it('draws one line over and over on a terminal', () => {
    expect(run(true, [500_000, 1_000_000])).toBe(
      `\rtiny [${'#'.repeat(15)}${'.'.repeat(15)}]  50 % of 1.0 MB\rtiny [${'#'.repeat(30)}] 100 % of 1.0 MB\n`,
    );
  });

  it('writes a line per tenth into a log', () => {
    expect(run(false, [10, 20, 110_000, 111_000, 1_000_000])).toBe(
      'tiny 0 % of 1.0 MB\ntiny 10 % of 1.0 MB\ntiny 100 % of 1.0 MB\n',
    );
  });
});
