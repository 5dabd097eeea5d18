const WIDTH = 30;
const STEP_PERCENT = 10;

/** Shows how far a download is: a bar on a terminal, a line per tenth in a log. */
export class ProgressBar {
  private last = '';

  constructor(private readonly out: { isTTY?: boolean; write(text: string): unknown }) {}

  show(name: string, receivedBytes: number, sizeBytes: number): void {
    const share = sizeBytes === 0 ? 1 : Math.min(1, receivedBytes / sizeBytes);
    const isWhole = receivedBytes >= sizeBytes;
    const percent = isWhole ? 100 : Math.floor(share * 100);
    const shown = this.out.isTTY ? percent : Math.floor(percent / STEP_PERCENT) * STEP_PERCENT;
    const line = `${name} ${shown}`;
    if (line === this.last) return;
    this.last = line;
    const size = `${(sizeBytes / 1_000_000).toFixed(1)} MB`;
    if (!this.out.isTTY) return void this.out.write(`${name} ${shown} % of ${size}\n`);
    const bar = '#'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '.');
    this.out.write(`\r${name} [${bar}] ${String(percent).padStart(3)} % of ${size}${isWhole ? '\n' : ''}`);
  }
}
