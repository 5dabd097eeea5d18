import type { MessageEvent } from '@nestjs/common';
import type { ReadEvent } from './run-cursor.js';
import { isEnding } from '../run-event.js';

/** How events look to one reader. Undefined: this reader does not get to see it. */
export type RunView = (read: ReadEvent) => MessageEvent | undefined;

/** The event vocabulary as it is. */
export function eventView({ event }: ReadEvent): MessageEvent {
  return { type: event.name, data: JSON.stringify({ seq: event.seq, ...event.data }) };
}

/**
 * The answer as plain `data:`, and the ending by name, for pages that listen to `message` only. They cannot take a snapshot. Line breaks
 * come as `\n`, since a stream of events knows no other; one that two deltas share stays one.
 */
export function textView(): RunView {
  let endsInReturn = false;
  return (read) => {
    const { event } = read;
    if (isEnding(event)) return eventView(read);
    if (event.name !== 'delta') return undefined;
    const { text } = event.data;
    const data = endsInReturn && text.startsWith('\n') ? text.slice(1) : text;
    endsInReturn = text.endsWith('\r');
    return data === '' ? undefined : { data };
  };
}
