import type { ChildProcess } from 'node:child_process';
import { waitFor } from '../wait-for.js';

/** Not in the types, but in every Node; unlike /proc it is on every system. It leaves out what is unreferenced. */
interface WithActiveHandles {
  _getActiveHandles(): (object | ChildProcess)[];
}

/** The ids of the running children of this process. */
export function childProcesses(): number[] {
  return (process as unknown as WithActiveHandles)
    ._getActiveHandles()
    .flatMap((handle) =>
      'pid' in handle && handle.pid !== undefined && handle.exitCode === null && handle.signalCode === null
        ? [handle.pid]
        : [],
    );
}

export function noChildProcesses(): Promise<void> {
  return waitFor(() => childProcesses().length === 0, 'the child processes to end');
}
