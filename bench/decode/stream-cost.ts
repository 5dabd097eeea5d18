/** What a number of simultaneous live streams cost. */
export interface StreamCost {
  streams: number;
  /** CPU time per second of audio and stream. */
  cpuMs: number;
  /** Resident memory per stream; of separate processes their proportional share, so that shared code counts once. */
  rssBytes: number;
}

/** The chunks of a recorder that gives one each quarter of a second. */
export function recorderChunks(bytes: Uint8Array, audioSeconds: number): Uint8Array[] {
  const size = Math.ceil(bytes.length / (audioSeconds * 4));
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}
