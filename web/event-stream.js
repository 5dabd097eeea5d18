/**
 * Reads server-sent events from a fetch response (EventSource cannot POST). Comments and unknown fields are ignored, as the
 * specification asks: https://html.spec.whatwg.org/multipage/server-sent-events.html
 *
 * @param {Response} response
 * @returns {AsyncGenerator<{ event: string, id: string, data: any }>}
 */
export async function* readEvents(response) {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const lines = block.split(/\r?\n/);
      const field = (/** @type {string} */ name) =>
        lines
          .filter((line) => line.startsWith(`${name}:`))
          .map((line) => line.slice(name.length + 1).trimStart());
      const data = field('data').join('\n');
      if (data !== '')
        yield { event: field('event')[0] ?? 'message', id: field('id')[0] ?? '', data: JSON.parse(data) };
    }
  }
}
