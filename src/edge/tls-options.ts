/** Versions before 1.2 are no longer secure (RFC 8996). */
export const TLS_OPTIONS = { minVersion: 'TLSv1.2' } as const;
