import { nowMs } from '../process-figures.js';

/** Every chunk of the scripted provider is the time at which it was sent, so that its way can be timed. */
const STAMP = /t\d{16} /g;
/** Units of one stamp. */
export const STAMP_CHARS = 18;

export function stamp(): string {
  return `t${Math.round(nowMs() * 1_000)} `;
}

/** Finds the stamps in a body that comes in pieces, however its server has wrapped them. */
export class StampReader {
  private rest = '';

  read(piece: Buffer): number[] {
    const text = this.rest + piece.toString('latin1');
    let end = Math.max(0, text.length - STAMP_CHARS);
    const stamps: number[] = [];
    for (const match of text.matchAll(STAMP)) {
      stamps.push(Number(match[0].slice(1)) / 1_000);
      end = Math.max(end, match.index + STAMP_CHARS);
    }
    this.rest = text.slice(end);
    return stamps;
  }
}
