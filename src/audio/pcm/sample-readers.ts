export type PcmEncoding = 'u8' | 's16le' | 's24le' | 's32le' | 'f32le' | 'f64le';

interface SampleReader {
  bytes: number;
  /** The sample at an offset, scaled to [-1, 1]. */
  read: (this: void, view: DataView, offset: number) => number;
}

export const SAMPLE_READERS: Record<PcmEncoding, SampleReader> = {
  u8: { bytes: 1, read: (view, offset) => (view.getUint8(offset) - 128) / 128 },
  s16le: { bytes: 2, read: (view, offset) => view.getInt16(offset, true) / 32_768 },
  s24le: {
    bytes: 3,
    read: (view, offset) => (view.getUint16(offset, true) + view.getInt8(offset + 2) * 65_536) / 8_388_608,
  },
  s32le: { bytes: 4, read: (view, offset) => view.getInt32(offset, true) / 2_147_483_648 },
  f32le: { bytes: 4, read: (view, offset) => finite(view.getFloat32(offset, true)) },
  f64le: { bytes: 8, read: (view, offset) => finite(view.getFloat64(offset, true)) },
};

/** A single NaN would run through the resampler into all that follows. */
function finite(sample: number): number {
  return Number.isFinite(sample) ? sample : 0;
}
