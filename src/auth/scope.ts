/** What a caller may use: a feature each, and `admin` for what concerns all tenants or the server itself. */
export const SCOPES = ['tts', 'chat', 'transcription', 'files', 'realtime', 'admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** What a key of the plain kind (`tenant:hash`) may do: all but rule. */
export const CALLER_SCOPES: ReadonlySet<Scope> = new Set(SCOPES.filter((scope) => scope !== 'admin'));

export const ALL_SCOPES: ReadonlySet<Scope> = new Set(SCOPES);
