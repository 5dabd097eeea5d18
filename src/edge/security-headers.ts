import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';
import { clientOf } from '../common/http/client.js';
import { hostNameOf, isLoopback } from '../config/loopback.js';

/** An answer that is no page has nothing to load and nothing to run, whatever a browser takes it for. */
const ANSWER_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * The console page: its own files, its own server and the speech that it has fetched. `'self'` covers the sockets of the server that
 * it came from (CSP level 3).
 */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "media-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HSTS = 'max-age=31536000';

const common = helmet({
  contentSecurityPolicy: false,
  // Pages of other sites may play our audio and load Socket.io's client: who may is decided when a request is admitted.
  crossOriginResourcePolicy: { policy: 'cross-origin' },
  frameguard: { action: 'deny' },
  referrerPolicy: { policy: 'no-referrer' },
  // Said below, where it is known whether the client came by TLS.
  strictTransportSecurity: false,
});

/** What every answer says to browsers. A page widens the policy for itself (`forPages`, `/docs`). */
export function secureAnswer(request: IncomingMessage, response: ServerResponse): void {
  common(request, response, () => undefined);
  response.setHeader('Content-Security-Policy', ANSWER_POLICY);
  // It holds for every port of the host name: on loopback it would close the servers of other projects.
  const { protocol, host } = clientOf(request);
  if (protocol === 'https' && host !== undefined && !isLoopback(hostNameOf(host)))
    response.setHeader('Strict-Transport-Security', HSTS);
}

/** For the files of the console page. Its own requests name it, because a keyless server looks whether a proxy has put it in its place. */
export function forPages(response: ServerResponse, path: string): void {
  if (!path.endsWith('.html')) return;
  response.setHeader('Content-Security-Policy', PAGE_POLICY);
  response.setHeader('Referrer-Policy', 'same-origin');
}
