import { Logger } from '@nestjs/common';
import type { Refusal } from './request-source.js';

/** `key`: who it is could not be told. `issuer`: it cannot be told now. `scope`: it is known, and may not do this. */
type RefusalKind = Refusal | 'key' | 'issuer' | 'scope';

const MESSAGES: Record<RefusalKind, string> = {
  proxy: 'Refused a request that came through a proxy: without API_KEYS only this machine is served',
  host: 'Refused a host name that is not in ALLOWED_HOSTS',
  origin: 'Refused a page whose origin is not in CORS_ORIGINS',
  site: 'Refused a page of another site: its origin is not in CORS_ORIGINS',
  key: 'Refused a caller whose key or token is missing, unknown, expired or revoked: see API_KEYS, API_KEYS_FILE and AUTH_JWT_ISSUER',
  issuer: 'Refused a caller whose token cannot be verified now: see AUTH_JWT_JWKS_URL',
  scope: 'Refused a caller whose key or token lacks a scope: see API_KEYS_FILE and AUTH_JWT_ALLOWED_SCOPES',
};

const WINDOW_MS = 60_000;
/** Entries of one kind in a window; the first one of the next window says how many were left out. */
const MAX_ENTRIES = 5;
const MAX_FIELD_CHARS = 200;

interface Window {
  startedAtMs: number;
  logged: number;
  leftOut: number;
}

/**
 * Tells the operator who was turned away and by which variable. Anybody can be turned away any number of times, so each kind has
 * a few entries a minute.
 */
export class RefusalLog {
  private readonly logger = new Logger('Admission');
  private readonly windows = new Map<RefusalKind, Window>();

  constructor(private readonly nowMs = () => performance.now()) {}

  /** @param fields what the caller said of itself; long values are cut */
  tell(kind: RefusalKind, fields: Record<string, string | null | undefined>): void {
    const window = this.windowOf(kind);
    if (window.logged === MAX_ENTRIES) {
      window.leftOut += 1;
      return;
    }
    window.logged += 1;
    const { leftOut } = window;
    window.leftOut = 0;
    const short = Object.entries(fields).map(([name, value]) => [name, value?.slice(0, MAX_FIELD_CHARS)]);
    this.logger.warn({ ...Object.fromEntries(short), ...(leftOut > 0 && { leftOut }) }, MESSAGES[kind]);
  }

  private windowOf(kind: RefusalKind): Window {
    const nowMs = this.nowMs();
    let window = this.windows.get(kind);
    if (!window || nowMs - window.startedAtMs >= WINDOW_MS) {
      window = { startedAtMs: nowMs, logged: 0, leftOut: window?.leftOut ?? 0 };
      this.windows.set(kind, window);
    }
    return window;
  }
}
