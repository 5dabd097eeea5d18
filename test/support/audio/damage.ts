/** Spoils a recording in one of the ways in which networks, disks and strangers do. */
export function damaged(bytes: Buffer, random: () => number): Buffer {
  const below = (limit: number): number => Math.floor(random() * limit);
  const at = below(bytes.length);
  const size = below(3_000);
  const spoilt = Buffer.from(bytes);
  switch (below(5)) {
    case 0: // bytes anywhere
      for (let count = below(20); count >= 0; count--) spoilt[below(bytes.length)] = below(256);
      return spoilt;
    case 1: // bytes of the header
      for (let count = below(20); count >= 0; count--)
        spoilt[below(Math.min(400, bytes.length))] = below(256);
      return spoilt;
    case 2: // a part is lost
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]);
    case 3: // rubbish comes in
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(Array.from({ length: size }, () => below(256))),
        bytes.subarray(at),
      ]);
    default: // a part comes again elsewhere
      bytes.copy(spoilt, below(bytes.length), at, at + size);
      return spoilt;
  }
}
