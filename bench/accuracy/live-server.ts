/** A server of live captions, spoken to by one and the same client. */
export interface LiveServer {
  readonly name: string;
  /** Its process; what it costs is counted with all its descendants. */
  readonly pid: number;
  /** How audio is sent. */
  readonly format: 'webm' | 's16le' | 'f32le';
  open(show: (screen: Screen) => void): Promise<LiveSession>;
  stop(): Promise<unknown>;
}

export interface LiveSession {
  write(chunk: Uint8Array): void;
  /** Says that no audio will come; resolves when the server has said all it has to say. */
  end(): Promise<void>;
}

/** What a reader sees of a whole session. */
export interface Screen {
  /** Said to be final. */
  committed: string;
  /** May still change. */
  open: string;
}

export function textOf({ committed, open }: Screen): string {
  return `${committed} ${open}`.replace(/\s+/g, ' ').trim();
}
