import { nodeFault } from './node-version.js';

/** Entry point of the gateway, which is loaded only on a Node that can. */
const fault = nodeFault(process.versions.node);
if (fault === undefined) await import('./gateway.js');
else {
  console.error(fault);
  process.exitCode = 78; // EX_CONFIG of sysexits.h
}
