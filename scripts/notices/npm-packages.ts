import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromProject } from '../../src/config/project-paths.js';

/** A package that `npm ci --omit=dev` installs on some platform. */
export interface NpmPackage {
  name: string;
  /** One, or several where the tree holds several. */
  versions: string[];
  /** SPDX, as the package says; absent where it says nothing. */
  licence: string | undefined;
  /** Who wrote it, as its package.json says. */
  author: string | undefined;
  /** Its own licence and notice files. */
  texts: string[];
}

/** What of an entry of `package-lock.json` is read here. */
export interface LockEntry {
  version: string;
  license?: string;
  dev?: boolean;
  os?: string[];
  cpu?: string[];
}

interface Manifest {
  author?: string | { name: string };
  licenses?: { type: string }[];
}

const LEGAL_FILE = /^(licen[cs]e|copying|notice|third.?party)/i;

export function lockEntries(): Record<string, LockEntry> {
  const lock = JSON.parse(readFileSync(fromProject('package-lock.json'), 'utf8')) as {
    packages: Record<string, LockEntry>;
  };
  return lock.packages;
}

/**
 * The packages of production, for every platform, by name. What decides is the lock file: a package of one platform is never read from the disk,
 * because it is not there on another.
 */
export function productionPackages(entries: Record<string, LockEntry> = lockEntries()): NpmPackage[] {
  const byName = new Map<string, NpmPackage>();
  for (const [path, entry] of Object.entries(entries)) {
    if (path === '' || entry.dev) continue;
    const found = readPackage(path, entry);
    const known = byName.get(found.name);
    if (known?.licence === found.licence) {
      known!.versions = [...new Set([...known!.versions, entry.version])].sort();
      known!.texts = [...new Set([...known!.texts, ...found.texts])];
    } else byName.set(known ? `${found.name} ${entry.version}` : found.name, found);
  }
  return [...byName.values()].sort(
    (a, b) => compare(a.name, b.name) || compare(a.versions[0]!, b.versions[0]!),
  );
}

/** By code units: the same order in every locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function readPackage(path: string, entry: LockEntry): NpmPackage {
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const isForOnePlatform = entry.os !== undefined || entry.cpu !== undefined;
  const folder = fromProject(path);
  const manifest = isForOnePlatform ? {} : readManifest(folder);
  return {
    name,
    versions: [entry.version],
    licence: entry.license ?? manifest.licenses?.[0]?.type,
    author:
      typeof manifest.author === 'object' ? manifest.author.name : manifest.author?.replace(/ *[<(].*/, ''),
    texts: isForOnePlatform ? [] : legalTexts(folder),
  };
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

function legalTexts(folder: string): string[] {
  const files = readdirSync(folder, { withFileTypes: true }).filter(
    (file) => file.isFile() && LEGAL_FILE.test(file.name) && !/\.[cm]?[jt]s$/.test(file.name),
  );
  return files
    .map(({ name }) => name)
    .sort()
    .map((name) => tidy(readFileSync(join(folder, name), 'utf8')));
}

/** The same text, whatever wrote its line ends. */
export function tidy(text: string): string {
  return text
    .replace(/\uFEFF/g, '')
    .split(/\r\n|\n|\r/)
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '');
}
