import { decodeProtectedHeader, type ProtectedHeaderParameters } from 'jose';

/** What a token says of itself, which nobody has verified; undefined for what is no JWT. */
export function headerOf(token: string): ProtectedHeaderParameters | undefined {
  try {
    return decodeProtectedHeader(token);
  } catch {
    return undefined;
  }
}
