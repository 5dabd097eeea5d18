import type { WorkerMessage } from '../../whisper-protocol/messages.js';

type WithoutEpoch<M> = M extends unknown ? Omit<M, 'epoch'> : never;

/** What a session has to say; the connection adds its epoch. */
export type SessionMessage = WithoutEpoch<Exclude<WorkerMessage, { type: 'ready' | 'ack' | 'drain' }>>;
