import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { ForbiddenError } from '../../common/errors/caller-errors.js';
import { Secret } from '../../config/secret.js';

/** Query of a clip's signed address. Players may add fields of their own (to defeat caches, say). */
export const clipAddressSchema = z.object({
  expires: z
    .string()
    .regex(/^\d{1,16}$/)
    .optional(),
  signature: z.string().max(128).optional(),
});
export type ClipAddress = z.output<typeof clipAddressSchema>;

/**
 * Addresses of clips that anybody may play who has them, since `<audio>` can send no key: an id nobody can guess, its end and a
 * signature over both (HMAC-SHA-256).
 */
export class ClipUrls {
  private readonly secret: Secret;

  constructor(secret: Secret | undefined) {
    this.secret = secret ?? new Secret(randomBytes(32).toString('base64url'));
  }

  sign(id: string, expiresAt: number): string {
    const query = new URLSearchParams({
      expires: String(expiresAt),
      signature: this.signature(id, expiresAt),
    });
    return `/tts/clips/${id}?${query.toString()}`;
  }

  /** @throws ForbiddenError unless we signed this address and its time has not come */
  verify(id: string, { expires, signature }: ClipAddress): void {
    const expiresAt = Number(expires);
    const given = Buffer.from(signature ?? '', 'latin1');
    const right = Buffer.from(this.signature(id, expiresAt), 'latin1');
    if (given.length !== right.length || !timingSafeEqual(given, right))
      throw new ForbiddenError('This address is not signed by us.');
    if (expiresAt <= Date.now()) throw new ForbiddenError('This address has expired.');
  }

  private signature(id: string, expiresAt: number): string {
    return createHmac('sha256', this.secret.reveal()).update(`${id}.${expiresAt}`).digest('base64url');
  }
}
