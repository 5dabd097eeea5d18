/** Places that are limited, seen by whoever takes one and need not know for which tenant (see `TenantPlaces`). */
export interface Places {
  /** @throws OverloadedError when all places are taken. Call the result once the work has ended; further calls do nothing. */
  take(): () => void;
}
