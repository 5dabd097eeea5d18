/** One response as it stood on the wire. */
export interface WireResponse {
  version: string;
  status: number;
  /** By lower-case name. */
  headers: ReadonlyMap<string, string>;
  body: Buffer;
  framing: 'none' | 'chunked' | 'length' | 'close';
}

export class FramingError extends Error {}

const STATUS_LINE = /^HTTP\/(1\.[01]) ([1-5]\d\d) [\x20-\x7e]*$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\x80-\xff\t]*?)[ \t]*$/;
const CHUNK_SIZE = /^[0-9a-f]{1,8}$/i;

/**
 * Reads one response at the beginning of `bytes`, as strictly as RFC 9112 lets a client be. Undefined: it is not whole yet.
 * @param isClosed nothing will follow `bytes`
 * @throws FramingError
 */
export function parseResponse(
  bytes: Buffer,
  method: string,
  isClosed: boolean,
): { response: WireResponse; length: number } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = parseHead(bytes.subarray(0, headEnd).toString('latin1'));
  const framing = framingOf(head, method);
  const rest = bytes.subarray(headEnd + 4);
  const body = parseBody(rest, framing, Number(head.headers.get('content-length') ?? 0), isClosed);
  return body && { response: { ...head, framing, body: body.body }, length: headEnd + 4 + body.length };
}

type Head = Pick<WireResponse, 'version' | 'status' | 'headers'>;

function parseHead(text: string): Head {
  const [first = '', ...lines] = text.split('\r\n');
  const status = STATUS_LINE.exec(first);
  if (!status) throw new FramingError(`No status line: ${JSON.stringify(first.slice(0, 80))}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = HEADER_LINE.exec(line) ?? [];
    if (name === undefined) throw new FramingError(`No header: ${JSON.stringify(line)}`);
    const known = headers.get(name.toLowerCase());
    if (known !== undefined && name.toLowerCase() !== 'vary') throw new FramingError(`${name} comes twice`);
    headers.set(name.toLowerCase(), value!);
  }
  return { version: status[1]!, status: Number(status[2]), headers };
}

/** https://www.rfc-editor.org/rfc/rfc9112#section-6.3 */
function framingOf({ status, headers }: Head, method: string): WireResponse['framing'] {
  const encoding = headers.get('transfer-encoding');
  if (encoding !== undefined && headers.has('content-length'))
    throw new FramingError('Both a length and an encoding');
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 'none';
  if (encoding !== undefined) {
    if (encoding !== 'chunked') throw new FramingError(`Unknown encoding ${encoding}`);
    return 'chunked';
  }
  return headers.has('content-length') ? 'length' : 'close';
}

function parseBody(
  bytes: Buffer,
  framing: WireResponse['framing'],
  contentLength: number,
  isClosed: boolean,
): { body: Buffer; length: number } | undefined {
  switch (framing) {
    case 'none':
      return { body: Buffer.alloc(0), length: 0 };
    case 'length':
      return bytes.length < contentLength
        ? undefined
        : { body: bytes.subarray(0, contentLength), length: contentLength };
    case 'close':
      return isClosed ? { body: bytes, length: bytes.length } : undefined;
    case 'chunked':
      return parseChunks(bytes);
  }
}

/** No extensions and no trailers: this server sends none. */
function parseChunks(bytes: Buffer): { body: Buffer; length: number } | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) {
      if (bytes.length - at > 8) throw new FramingError('A chunk has no size');
      return undefined;
    }
    const line = bytes.subarray(at, lineEnd).toString('latin1');
    if (!CHUNK_SIZE.test(line))
      throw new FramingError(`No size of a chunk: ${JSON.stringify(line.slice(0, 80))}`);
    const size = Number.parseInt(line, 16);
    const end = lineEnd + 2 + size;
    if (bytes.length < end + 2) return undefined;
    if (bytes.subarray(end, end + 2).toString('latin1') !== '\r\n')
      throw new FramingError(size === 0 ? 'Something after the last chunk' : 'A chunk has no end');
    if (size === 0) return { body: Buffer.concat(chunks), length: end + 2 };
    chunks.push(bytes.subarray(lineEnd + 2, end));
    at = end + 2;
  }
}
