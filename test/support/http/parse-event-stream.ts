import { FramingError } from './parse-response.js';

export interface WireEvent {
  event?: string;
  id?: string;
  data: string;
}

const FIELD = /^(event|id|retry|data): (.*)$/;

/** The events of a whole body. Each has to be whole, the last one, too. */
export function parseEventStream(body: Buffer): WireEvent[] {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  if (!text.endsWith('\n\n'))
    throw new FramingError(`The last event is cut: ${JSON.stringify(text.slice(-80))}`);
  // Nest sends a blank line with the headers.
  const blocks = text.replace(/^\n/, '').slice(0, -2).split('\n\n');
  return blocks.map(parseEvent).filter((event) => event !== undefined);
}

function parseEvent(block: string): WireEvent | undefined {
  const lines = block.split('\n').filter((line) => !line.startsWith(':'));
  if (lines.length === 0) return undefined;
  const event: Partial<WireEvent> = {};
  const data: string[] = [];
  for (const line of lines) {
    const [, name, value] = FIELD.exec(line) ?? [];
    if (name === undefined) throw new FramingError(`No field of an event: ${JSON.stringify(line)}`);
    if (name === 'data') data.push(value!);
    else if (name === 'event' || name === 'id') event[name] = value!;
  }
  return { ...event, data: data.join('\n') };
}
