import { z } from 'zod';
import type { NamedModel } from './catalogue.js';
import type { HttpClient } from './http-client.js';
import { ModelError } from './model-error.js';

/** A file as the hub describes it. */
export interface RemoteFile {
  name: string;
  url: string;
  sizeBytes: number;
  checksum: Checksum;
}

/** Large files have the SHA-256 of their content, small ones their Git object id. */
export type Checksum = { algorithm: 'sha256' | 'git-sha1'; value: string };

const treeSchema = z.array(
  z.object({
    path: z.string(),
    size: z.number().int().nonnegative(),
    oid: z.string().regex(/^[0-9a-f]{40}$/),
    lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/) }).nullish(),
  }),
);

/** Asks the hub, or a mirror of it, for the files of a model. @throws ModelError */
export async function describeFiles(
  model: NamedModel,
  mirror: string,
  http: HttpClient,
  timeoutMs: number,
): Promise<RemoteFile[]> {
  const base = mirror.replace(/\/+$/, '');
  const tree = await readTree(`${base}/api/models/${model.repository}/tree/main`, http, timeoutMs);
  return model.files.map((name) => {
    const entry = tree.find(({ path }) => path === name);
    if (!entry) throw new ModelError(`The hub has no file ${name} for ${model.name}.`);
    return {
      name,
      url: `${base}/${model.repository}/resolve/main/${name}`,
      sizeBytes: entry.size,
      checksum: entry.lfs
        ? { algorithm: 'sha256', value: entry.lfs.oid }
        : { algorithm: 'git-sha1', value: entry.oid },
    };
  });
}

async function readTree(
  url: string,
  http: HttpClient,
  timeoutMs: number,
): Promise<z.output<typeof treeSchema>> {
  const response = await http.get(url, AbortSignal.timeout(timeoutMs));
  if (!response.ok) throw new ModelError(`The hub answers ${response.status} for the list of files.`);
  const parsed = treeSchema.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) {
    throw new ModelError('MODELS_MIRROR does not answer as the Hugging Face hub does.');
  }
  return parsed.data;
}
