const DATA = Buffer.from('data', 'latin1');
/** Where the samples begin behind the name of their block: after its four-byte length, which a stream cannot know. */
const DATA_HEADER_BYTES = 8;

/** The samples of a streamed WAV file whose header states a made-up length. */
export async function* withoutWavHeader(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let header: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of source) {
    if (header === undefined) {
      yield chunk;
      continue;
    }
    header = Buffer.concat([header, chunk]);
    const data = header.indexOf(DATA);
    if (data === -1 || header.length < data + DATA_HEADER_BYTES) continue;
    const samples = header.subarray(data + DATA_HEADER_BYTES);
    header = undefined;
    if (samples.length > 0) yield samples;
  }
}
