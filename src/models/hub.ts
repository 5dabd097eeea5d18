import { z } from 'zod';
import { LinkedAbort } from '../common/streams/linked-abort.js';
import type { NamedModel, Source } from './catalogue.js';
import type { HttpClient } from './http-client.js';
import { ModelError } from './model-error.js';
import { isSafePath } from './safe-path.js';

/** A file as the hub describes it. */
export interface RemoteFile {
  /** Its path within the folder of the model, with `/`. */
  name: string;
  url: string;
  sizeBytes: number;
  checksum: Checksum;
}

/** Large files have the SHA-256 of their content, small ones their Git object id. */
export type Checksum = { algorithm: 'sha256' | 'git-sha1'; value: string };

export interface Hub {
  /** Base URL. */
  mirror: string;
  /** For each of its answers. */
  timeoutMs: number;
  signal?: AbortSignal;
}

/** A voice has about 400 files, espeak-ng's data being most of them. A list beyond this is no model's. */
const MAX_ENTRIES = 5_000;
const MAX_PAGES = 50;

const treeSchema = z.array(
  z.object({
    type: z.string().optional(),
    path: z.string(),
    size: z.number().int().nonnegative().optional(),
    oid: z.string().regex(/^[0-9a-f]{40}$/),
    lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/) }).nullish(),
  }),
);

type TreeEntry = z.output<typeof treeSchema>[number];

/** Asks the hub, or a mirror of it, for the files of a model. @throws ModelError */
export async function describeFiles(model: NamedModel, hub: Hub, http: HttpClient): Promise<RemoteFile[]> {
  const base = hub.mirror.replace(/\/+$/, '');
  const files: RemoteFile[] = [];
  for (const source of model.sources) {
    const tree = await readTree(`${base}/api/models/${source.repository}/tree/main`, hub, http);
    files.push(...select(tree, source, model.name, base));
  }
  return files;
}

function select(
  tree: readonly TreeEntry[],
  { repository, files, optional = [] }: Source,
  model: string,
  base: string,
): RemoteFile[] {
  const all = tree.filter(({ type }) => type !== 'directory');
  return [...files, ...optional].flatMap((wanted, index) => {
    const found = all.filter(({ path }) =>
      wanted.endsWith('/') ? path.startsWith(wanted) : path === wanted,
    );
    if (found.length === 0 && index < files.length) {
      throw new ModelError('hub_answer_invalid', `The hub has no file ${wanted} for ${model}.`);
    }
    return found.map((entry) => describe(entry, repository, base));
  });
}

function describe({ path, size = 0, oid, lfs }: TreeEntry, repository: string, base: string): RemoteFile {
  if (!isSafePath(path)) {
    throw new ModelError(
      'hub_answer_invalid',
      `The hub lists a file that may not be written: ${JSON.stringify(path)}. Nothing was downloaded.`,
    );
  }
  const escaped = path.split('/').map(encodeURIComponent).join('/');
  return {
    name: path,
    url: `${base}/${repository}/resolve/main/${escaped}`,
    sizeBytes: size,
    checksum: lfs ? { algorithm: 'sha256', value: lfs.oid } : { algorithm: 'git-sha1', value: oid },
  };
}

/** The list comes in pages. Of a page's link only the cursor is taken: behind a mirror it names the hub itself. */
async function readTree(url: string, hub: Hub, http: HttpClient): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const query = new URLSearchParams({ recursive: 'true', ...(cursor !== undefined && { cursor }) });
    const { answer, link } = await readPage(`${url}?${query.toString()}`, hub, http);
    const parsed = treeSchema.safeParse(answer);
    if (!parsed.success) {
      throw new ModelError(
        'hub_answer_invalid',
        'MODELS_MIRROR does not answer as the Hugging Face hub does.',
      );
    }
    entries.push(...parsed.data);
    if (entries.length > MAX_ENTRIES) break;
    cursor = nextCursor(link);
    if (cursor === undefined) return entries;
  }
  throw new ModelError('hub_answer_invalid', `The hub lists more than ${MAX_ENTRIES} files for one model.`);
}

async function readPage(
  url: string,
  { timeoutMs, signal }: Hub,
  http: HttpClient,
): Promise<{ answer: unknown; link: string | null }> {
  const work = signal ? new LinkedAbort(signal) : new LinkedAbort();
  const timer = setTimeout(() => work.abort(new Error('no answer')), timeoutMs);
  try {
    const response = await http.get(url, work.signal);
    if (response.ok) {
      const answer: unknown = await response.json().catch((error: unknown) => {
        if (work.signal.aborted) throw error;
        return undefined;
      });
      return { answer, link: response.headers.get('link') };
    }
    await response.body?.cancel();
    throw new ModelError(
      'hub_answer_invalid',
      `The hub answers ${response.status} for the list of files of ${new URL(url).pathname.split('/').slice(3, 5).join('/')}.`,
    );
  } finally {
    clearTimeout(timer);
    work.unlink();
  }
}

function nextCursor(link: string | null): string | undefined {
  const next = /<([^>]+)>;\s*rel="next"/.exec(link ?? '')?.[1];
  if (next === undefined) return undefined;
  return new URL(next, 'http://hub').searchParams.get('cursor') ?? undefined;
}
