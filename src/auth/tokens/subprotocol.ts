/** Subprotocols that carry a key or token, since a browser's WebSocket can send no headers. The second one is OpenAI's. */
const PREFIXES = ['parley-token.', 'openai-insecure-api-key.'];
const MAX_OFFERED = 16;

export interface OfferedSubprotocols {
  /** For the verifier; undefined when there is none, or more than one. */
  credential: string | undefined;
  /** Those that may be answered: a credential must never be sent back. */
  answerable: string[];
}

/** @param header `Sec-WebSocket-Protocol`; it must not be logged */
export function readSubprotocols(header: string | undefined): OfferedSubprotocols {
  const offered = (header ?? '').split(',', MAX_OFFERED).map((each) => each.trim());
  const credentials = offered.flatMap((each) => {
    const prefix = PREFIXES.find((known) => each.startsWith(known));
    return prefix === undefined ? [] : [each.slice(prefix.length)];
  });
  return {
    credential: credentials.length === 1 ? credentials[0] : undefined,
    answerable: offered.filter((each) => each !== '' && !PREFIXES.some((known) => each.startsWith(known))),
  };
}
