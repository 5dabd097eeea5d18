import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWK,
  type JWTHeaderParameters,
} from 'jose';

/** A key of an issuer: the secret half to sign with, the other one as it is published. */
export interface IssuerKey {
  privateKey: CryptoKey;
  published: JWK;
}

export type KeySetScript = (response: ServerResponse, request: IncomingMessage) => void;

/** Makes a key pair; ES256 unless said otherwise. */
export async function issuerKey(kid: string, alg = 'ES256'): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, published: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** An identity provider on a free port, whose public keys come as nastily as the test wants. */
export class FakeIssuer {
  readonly name = 'https://id.example/';
  readonly audience = 'https://voice.example';
  /** Paths that were asked for. */
  readonly asked: string[] = [];
  /** What is published; the first one signs. */
  keys: JWK[];
  script: KeySetScript = (response) => this.publish(response);

  private constructor(
    private readonly server: Server,
    readonly own: IssuerKey,
  ) {
    this.keys = [own.published];
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.asked.push(request.url!);
      this.script(response, request);
    });
  }

  static async start(): Promise<FakeIssuer> {
    const issuer = new FakeIssuer(createServer(), await issuerKey('first'));
    await issuer.listen(0);
    return issuer;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Variables with which a server takes its tokens. */
  get environment(): Record<string, string> {
    return {
      AUTH_JWT_ISSUER: this.name,
      AUTH_JWT_AUDIENCE: this.audience,
      AUTH_JWT_JWKS_URL: `${this.url}/jwks`,
    };
  }

  publish(response: ServerResponse, keys: unknown = this.keys): void {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ keys }));
  }

  /** A good token for tenant acme and speech, with what is changed; `undefined` takes a claim or a field of the header out. */
  async token(
    claims: Record<string, unknown> = {},
    header: Partial<JWTHeaderParameters> = {},
    key: CryptoKey | Uint8Array = this.own.privateKey,
  ): Promise<string> {
    const nowSeconds = Math.floor(Date.now() / 1_000);
    return (
      new SignJWT({
        iss: this.name,
        aud: this.audience,
        sub: 'person@acme.example',
        iat: nowSeconds,
        exp: nowSeconds + 3_600,
        tenant: 'acme',
        scope: 'openid tts',
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', kid: 'first', ...header })
        // Says that it knows the extension, so that a token may name it.
        .sign(key, { crit: { world: true } })
    );
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async listen(port: number): Promise<void> {
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
  }
}
