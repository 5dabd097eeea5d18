const BYTES_PER_MB = 1_000_000;

/** Decimal, as the hub and disks count them. */
export function megabytes(bytes: number): string {
  const mb = bytes / BYTES_PER_MB;
  return `${mb < 100 ? mb.toFixed(1) : Math.round(mb)} MB`;
}
