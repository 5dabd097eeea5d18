const DATA = Buffer.from('data', 'latin1');
/** Where the samples begin behind the name of their block: after its four-byte length, which a stream cannot know. */
const DATA_HEADER_BYTES = 8;

/** Gives the samples of a streamed WAV file, chunk by chunk; of the header, whose length is made up, it gives nothing. */
export function skipWavHeader(): (chunk: Uint8Array) => Uint8Array {
  let header: Buffer | undefined = Buffer.alloc(0);
  return (chunk) => {
    if (header === undefined) return chunk;
    header = Buffer.concat([header, chunk]);
    const data = header.indexOf(DATA);
    if (data === -1 || header.length < data + DATA_HEADER_BYTES) return Buffer.alloc(0);
    const samples = header.subarray(data + DATA_HEADER_BYTES);
    header = undefined;
    return samples;
  };
}
