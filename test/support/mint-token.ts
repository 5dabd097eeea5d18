import { headersOf } from './tenant-keys.js';

export interface MintAnswer {
  status: number;
  token: string;
  expiresAt: string;
  scopes: string[];
  error?: { code: string; param: string | null; message: string };
}

/** Asks for a token with the key of `tenant`; an hour for speech unless `input` says otherwise. */
export async function askForToken(url: string, tenant: string, input: object = {}): Promise<MintAnswer> {
  const response = await fetch(`${url}/auth/tokens`, {
    method: 'POST',
    headers: headersOf(tenant),
    body: JSON.stringify({ scopes: ['tts'], ttlSeconds: 3_600, ...input }),
  });
  return { status: response.status, ...((await response.json()) as Omit<MintAnswer, 'status'>) };
}

/** @throws when it was refused */
export async function mintToken(url: string, tenant: string, input: object = {}): Promise<string> {
  const { status, token } = await askForToken(url, tenant, input);
  if (status !== 201) throw new Error(`A token was refused with ${status}`);
  return token;
}

export async function revokeToken(url: string, tenant: string, token: string): Promise<number> {
  const response = await fetch(`${url}/auth/tokens/revoke`, {
    method: 'POST',
    headers: headersOf(tenant),
    body: JSON.stringify({ token }),
  });
  return response.status;
}
