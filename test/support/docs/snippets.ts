import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromProject } from '../../../src/config/project-paths.js';

/** A fenced block of code in the documentation. */
export interface Snippet {
  /** Where it is: file and line of its fence, e.g. `docs/api/chat.md:65`. */
  place: string;
  language: string;
  code: string;
  /** Why nothing can run it, from the comment before it: `<!-- not run: reason -->`. */
  notRun: string | undefined;
}

/** Drawings and what programs print; there is nothing in them to run. */
const PICTURES = new Set(['mermaid', 'text']);
const FENCE = /^( *)(`{3,}|~{3,})\s*(\S*).*\n([\s\S]*?)^\1\2\s*$/gm;
const MARK = /<!-- not run: (.+?) -->\s*$/;

export function readSnippets(): Snippet[] {
  return readPages().flatMap(({ page, text }) => snippetsOf(page, text));
}

/** A path in backticks. A name to fill in, in capitals or braces, is none. */
const PATH = /`((?:src|test|bench|scripts|docs|deploy|lint|web|models|samples)\/[\w./*-]+)`/g;

/** The paths that the documentation names, each with the page that names it. */
export function readPaths(): { page: string; path: string }[] {
  return readPages().flatMap(({ page, text }) =>
    [...text.matchAll(PATH)]
      .map(([, path]) => ({ page, path: path! }))
      .filter(({ path }) => !/[A-Z]{3}/.test(path)),
  );
}

function readPages(): { page: string; text: string }[] {
  const pages = readdirSync(fromProject('docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name))
    .toSorted();
  return ['README.md', 'CONTRIBUTING.md', ...pages].map((page) => ({
    page,
    text: readFileSync(fromProject(page), 'utf8'),
  }));
}

export function snippetsOf(page: string, text: string): Snippet[] {
  return [...text.matchAll(FENCE)]
    .map(({ index, 1: indent = '', 3: language = '', 4: code = '' }) => {
      const before = text.slice(0, index);
      return {
        place: `${page}:${before.split('\n').length}`,
        language,
        code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
        notRun: MARK.exec(before)?.[1],
      };
    })
    .filter(({ language }) => !PICTURES.has(language));
}
