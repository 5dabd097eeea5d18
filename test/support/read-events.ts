import { createParser } from 'eventsource-parser';

/** The JSON payloads of a server-sent event stream, until it ends. */
export async function readEvents(response: Response): Promise<Record<string, unknown>[]> {
  const events: Record<string, unknown>[] = [];
  const parser = createParser({
    onEvent: ({ data }) => events.push(JSON.parse(data) as Record<string, unknown>),
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body!)
    parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
  return events;
}
