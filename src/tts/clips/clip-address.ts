import { z } from 'zod';

/** Query of a clip's signed address. Players may add fields of their own (to defeat caches, say). */
export const clipAddressSchema = z.object({
  expires: z
    .string()
    .regex(/^\d{1,16}$/)
    .optional(),
  signature: z.string().max(128).optional(),
});
export type ClipAddress = z.output<typeof clipAddressSchema>;
