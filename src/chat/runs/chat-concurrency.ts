/** Token of the `TenantConcurrencyLimit` on answers under way, of both APIs together (CHAT_MAX_CONCURRENT). */
export const CHAT_CONCURRENCY = Symbol('CHAT_CONCURRENCY');
