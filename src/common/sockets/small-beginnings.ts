import { WebSocketServer, type ServerOptions } from 'ws';
import { lineOf, UnreadWatch, type Connection } from './unread-watch.js';

/** The first packet of a connection holds a key, or a token, and nothing else. */
export const MAX_FIRST_BYTES = 16_384;

export interface BeginningLimits {
  /** Largest message of an admitted connection. */
  maxMessageBytes: number;
  /** Connections that are not admitted yet. */
  maxUnadmitted: number;
}

/** So much of a transport as is needed; neither library has a public way to another limit for a connection that is open. */
interface Limited {
  maxHttpBufferSize?: number;
}
interface LimitedLine {
  _receiver: { _maxPayload: number };
}

/**
 * Holds connections whose peer is unknown to messages of a few kilobytes, and to a number: beyond it the one that has waited
 * longest for its admission is cut. Who is admitted may send messages as large as any.
 */
export class SmallBeginnings {
  /** In the order of their coming. */
  private readonly _unadmitted = new Set<Connection>();

  /** @param answerable those of the offered subprotocols that may be answered: one may be a credential, which must not come back */
  constructor(
    private readonly limits: BeginningLimits,
    private readonly answerable: (offered: readonly string[]) => readonly string[],
  ) {}

  /** All websockets begin small, also those that a connection by polling changes over to. */
  readonly websocketServer = serverThatAnswers((offered) => this.answerable(offered));

  get unadmitted(): number {
    return this._unadmitted.size;
  }

  begin(connection: Connection): void {
    limitOf(connection, MAX_FIRST_BYTES);
    this._unadmitted.add(connection);
    connection.once('close', () => this._unadmitted.delete(connection));
    const [oldest] = this._unadmitted;
    if (this._unadmitted.size <= this.limits.maxUnadmitted) return;
    this._unadmitted.delete(oldest!);
    UnreadWatch.of(oldest!).cut();
  }

  admit(connection: Connection): void {
    this._unadmitted.delete(connection);
    limitOf(connection, this.limits.maxMessageBytes);
    connection.on('upgrade', () => limitOf(connection, this.limits.maxMessageBytes));
  }
}

function serverThatAnswers(answerable: (offered: readonly string[]) => readonly string[]) {
  return class extends WebSocketServer {
    constructor(options: ServerOptions) {
      super({
        ...options,
        maxPayload: MAX_FIRST_BYTES,
        handleProtocols: (offered) => answerable([...offered])[0] ?? false,
      });
    }
  };
}

function limitOf({ transport }: Connection, bytes: number): void {
  if (transport.name === 'websocket')
    (lineOf(transport) as unknown as LimitedLine)._receiver._maxPayload = bytes;
  else (transport as unknown as Limited).maxHttpBufferSize = bytes;
}
