/** What tests use of socket.io-client 2 (Engine.IO 3); the package comes without types. */
declare module 'socket.io-client-v2' {
  export interface SocketV2 {
    on(event: string, listener: (value: never) => void): this;
    emit(event: string, ...args: unknown[]): this;
    close(): void;
  }
  const io: (url: string, options: Record<string, unknown>) => SocketV2;
  export default io;
}
