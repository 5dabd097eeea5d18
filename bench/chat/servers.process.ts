/**
 * The other sides of the bench, each in a process of its own: `upstream` (a scripted provider), `pipe` (the least that a proxy
 * can do) and `naive` (Nest `@Sse` over the SDK's iterator). Usage: servers.process.ts KIND [UPSTREAM_URL]
 */
import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { naive } from './naive-nest.js';
import { pipe } from './raw-pipe.js';
import { upstream } from './scripted-upstream.js';

const [kind, upstreamUrl = ''] = process.argv.slice(2);
const server = kind === 'naive' ? await naive(upstreamUrl) : kind === 'pipe' ? pipe(upstreamUrl) : upstream();
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
