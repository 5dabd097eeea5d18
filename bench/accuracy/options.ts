import { parseArgs } from 'node:util';

export const PARTS = ['clips', 'codecs', 'snr', 'noise', 'product', 'peers'] as const;
export type Part = (typeof PARTS)[number];

export interface AccuracyOptions {
  parts: ReadonlySet<Part>;
  model: string;
  language: string;
  /** Folders with clips besides those of the repository. */
  folders: readonly string[];
  /** Python environment with the peers; without it they are left out. */
  peers: string | undefined;
  /** The same weights for the peers: a folder as CTranslate2 has it. */
  ct2: string | undefined;
  /** Of noise, music and silence. */
  minutes: number;
  seed: number;
}

/** @throws Error for what is no option and no part */
export function optionsOf(args: readonly string[]): AccuracyOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      model: { type: 'string', default: 'whisper-base' },
      language: { type: 'string', default: 'en' },
      clips: { type: 'string', multiple: true, default: [] },
      peers: { type: 'string' },
      ct2: { type: 'string' },
      minutes: { type: 'string', default: '2' },
      seed: { type: 'string', default: '20261126' },
    },
  });
  const unknown = positionals.find((part) => !PARTS.includes(part as Part));
  if (unknown !== undefined) throw new Error(`There is no part ${unknown}. Known: ${PARTS.join(', ')}`);
  return {
    parts: new Set(positionals.length === 0 ? PARTS : (positionals as Part[])),
    model: values.model,
    language: values.language,
    folders: values.clips,
    peers: values.peers ?? process.env['PEERS_VENV'],
    ct2: values.ct2 ?? process.env['PEERS_CT2'],
    minutes: Number(values.minutes),
    seed: Number(values.seed),
  };
}
