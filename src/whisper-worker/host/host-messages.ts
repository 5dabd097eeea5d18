import type { Ping, Pong } from '../../common/processes/child-pulse.js';
import type { WorkerConfig } from '../worker.config.js';
import type { DecodedUtterance, DecodeRequest, RecogniserKey, Task } from '../engine.js';

/** The messages between worker and engine host, over the IPC channel between two processes of the same build. */

export type HostSettings = Pick<WorkerConfig, 'engine' | 'model' | 'modelsDir' | 'maxRecognisers'>;

export type HostWork = { type: 'prepare'; key: RecogniserKey } | { type: 'decode'; request: DecodeRequest };

export type ToHost = { type: 'start'; settings: HostSettings } | (HostWork & { id: number }) | Ping;

export interface HostDescription {
  name: string;
  model: string;
  languages: string[];
  tasks: Task[];
  detectsLanguage: boolean;
}

export type FromHost =
  | { type: 'ready'; description: HostDescription }
  | { type: 'done'; id: number; result?: DecodedUtterance }
  | { type: 'failed'; id: number; message: string; isRange: boolean }
  | Pong;
