import type { WorkerMessage } from '../../whisper-protocol/messages.js';

type WithoutEpoch<M> = M extends unknown ? Omit<M, 'epoch'> : never;

/** A message of which the connection adds the epoch. */
export type SessionMessage = WithoutEpoch<WorkerMessage>;
