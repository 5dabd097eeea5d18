import type { MessageEvent } from '@nestjs/common';
import type { ReadEvent } from './run-cursor.js';
import { isEnding } from './run-event.js';

/** How events look to one reader. */
export interface RunView {
  /** Undefined: this reader does not get to see it. */
  show(read: ReadEvent): MessageEvent | undefined;
}

/** The event vocabulary as it is. */
export function eventView({ event }: ReadEvent): MessageEvent {
  return { type: event.name, data: JSON.stringify({ seq: event.seq, ...event.data }) };
}

/** The answer as plain `data:`, and the ending by name, for pages that listen to `message` only. */
export class TextView implements RunView {
  /** @param read UTF-16 units of the answer that the reader has already */
  constructor(private read: number) {}

  show(read: ReadEvent): MessageEvent | undefined {
    const { event } = read;
    if (event.name === 'delta') return this.text(event.data.text);
    if (event.name === 'snapshot') return this.text(event.data.text.slice(this.read));
    return isEnding(event) ? eventView(read) : undefined;
  }

  private text(data: string): MessageEvent | undefined {
    this.read += data.length;
    return data === '' ? undefined : { data };
  }
}
