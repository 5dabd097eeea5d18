/** An advisory about a package of production that does no harm here, and why. Each is looked at again when it is listed. */
export interface KnownAdvisory {
  /** As in its address, e.g. `GHSA-xxxx-xxxx-xxxx`. */
  id: string;
  package: string;
  /** Why Parley is not affected, or what is done about it until there is a version without it. */
  reason: string;
}

export const KNOWN_ADVISORIES: readonly KnownAdvisory[] = [];
