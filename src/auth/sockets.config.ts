import { configSlice, type EnvOf } from '../config/config-slice.js';
import { count, durationMs, sizeBytes } from '../config/env-variables.js';

const variables = {
  SOCKET_CONNECT_TIMEOUT_MS: durationMs(
    10_000,
    'a connection that has not shown a valid key for this long is closed',
    { min: 100 },
  ),
  SOCKET_MAX_UNADMITTED: count(
    1_000,
    'connections that have not shown a valid key yet; beyond it the one that has waited longest is closed',
  ),
  SOCKET_MAX_CONNECTIONS: count(5_000, 'connections at once, shared by the tenants; beyond it overloaded'),
  SOCKET_MAX_MESSAGE_BYTES: sizeBytes(
    16_777_216,
    'largest message that is answered at all, with too_large; a larger one closes the connection',
  ),
  SOCKET_MAX_UNREAD_BYTES: sizeBytes(
    4_194_304,
    'what a client may leave unread before its connection is closed; its session can be resumed',
  ),
} as const;

/** The largest thing that a client may send in one packet, whatever feature it is for. */
interface LargestChunk {
  readonly TRANSCRIPTION_MAX_CHUNK_BYTES: number;
}

export const socketsConfig = configSlice(
  'sockets',
  'Sockets',
  variables,
  (env: EnvOf<typeof variables> & LargestChunk) => {
    // A base64 text takes a third more than the bytes it carries.
    const maxPacketBytes = Math.ceil((env.TRANSCRIPTION_MAX_CHUNK_BYTES * 4) / 3) + 4_096;
    return {
      connectTimeoutMs: env.SOCKET_CONNECT_TIMEOUT_MS,
      maxUnadmitted: env.SOCKET_MAX_UNADMITTED,
      maxConnections: env.SOCKET_MAX_CONNECTIONS,
      maxUnreadBytes: env.SOCKET_MAX_UNREAD_BYTES,
      /** Largest packet that is read. */
      maxPacketBytes,
      maxMessageBytes: Math.max(env.SOCKET_MAX_MESSAGE_BYTES, maxPacketBytes),
    };
  },
);
