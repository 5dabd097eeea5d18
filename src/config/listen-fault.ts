import { ConfigError } from './load-env.js';

/** The port is taken: the configuration may be right, and another start may succeed. */
export class PortInUseError extends ConfigError {
  override readonly exitCode = 69; // EX_UNAVAILABLE of sysexits.h
}

/** Where a server was to listen, and the variables that say so. */
export interface ListenAddress {
  host: string;
  port: number;
  hostVariable: string;
  portVariable: string;
}

/** What to tell of a server that could not listen; the error itself when it is a surprise. */
export function listenFault(error: unknown, address: ListenAddress): unknown {
  const { host, port, hostVariable, portVariable } = address;
  switch (error instanceof Error && 'code' in error && error.code) {
    case 'EADDRINUSE':
      return new PortInUseError(
        `Port ${port} of ${host} is in use by another program. End that one, or set ${portVariable} to another port.`,
      );
    case 'EACCES':
      return new ConfigError(`${portVariable}: this user may not listen on port ${port}.`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return new ConfigError(`${hostVariable}: ${host} is not an address of this machine.`);
    default:
      return error;
  }
}
