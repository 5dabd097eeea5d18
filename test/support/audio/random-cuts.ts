const LARGEST_CHUNK_BYTES = 65_536;

/** Cuts bytes into chunks of 1 byte to 64 kB, small ones being as likely as large ones. */
export function* randomCuts(bytes: Uint8Array, random: () => number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    const size = Math.ceil(LARGEST_CHUNK_BYTES ** random());
    yield asPooled(bytes.subarray(at, at + size));
    at += size;
  }
}

export function* evenCuts(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export function* cutsOf(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** A view into the midst of a larger buffer at an odd offset, as sockets and Node's pool hand them out. */
function asPooled(bytes: Uint8Array): Uint8Array {
  const pool = new Uint8Array(bytes.length + 6).fill(0xa5);
  pool.set(bytes, 3);
  return pool.subarray(3, 3 + bytes.length);
}
