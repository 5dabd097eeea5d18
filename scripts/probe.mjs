/** `node scripts/probe.mjs URL`: exit 0 when the URL answers 2xx within two seconds. For health checks in slim images. */
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';

const url = new URL(process.argv[2]);
// A gateway with a certificate is asked by TLS. It is this machine, by another name than the certificate's.
const isTls = url.protocol === 'https:' || (process.env.TLS_CERT ?? '') !== '';
if (isTls) url.protocol = 'https:';
const request = (isTls ? getHttps : getHttp)(
  url,
  { rejectUnauthorized: false, signal: AbortSignal.timeout(2_000) },
  ({ statusCode }) => process.exit(statusCode >= 200 && statusCode < 300 ? 0 : 1),
);
request.on('error', () => process.exit(1));
