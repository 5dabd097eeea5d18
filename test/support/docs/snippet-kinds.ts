import { readSnippets, type Snippet } from './snippets.js';

/** What runs a snippet of the documentation. A new kind goes here and into `docs-snippets.e2e-spec.ts`. */
const KINDS = {
  curl: ({ language, code }) =>
    /^(sh|bash)$/.test(language) && commandsOf(code).every((command) => command.startsWith('curl ')),
  keys: ({ language, code }) =>
    language === 'sh' && commandsOf(code).every((command) => command.startsWith('npm run keys ')),
  page: ({ language, code }) => language === 'html' && !code.includes('/parley-token'),
  tokenPage: ({ language, code }) => language === 'html' && code.includes('/parley-token'),
  tokenBackend: ({ language, code }) => language === 'js' && code.includes('function tokenForPage('),
  captions: ({ language, code }) => language === 'js' && code.includes("'session:start'"),
  chatClient: ({ language, code }) => language === 'js' && code.includes('export async function* chat('),
  template: ({ language, code }) => language === 'ts' && code.includes('defineTemplate('),
  decoder: ({ language, code }) => language === 'ts' && code.includes('createAudioDecoder('),
  hello: ({ language, code }) => language === 'json' && code.includes('"hello"'),
  transcripts: ({ language, code }) => language === 'json' && code.includes('"sessions"'),
  limits: ({ language, code }) => language === 'json' && code.includes('"perDay"'),
  environment: ({ language }) => /^(env|dotenv)$/.test(language),
} satisfies Record<string, (snippet: Snippet) => boolean>;

export type SnippetKind = keyof typeof KINDS;

export function kindsOf(snippet: Snippet): SnippetKind[] {
  return (Object.keys(KINDS) as SnippetKind[]).filter((kind) => KINDS[kind](snippet));
}

/** Rows for `it.each`; the place names the test. */
export function snippetsThatAre(kind: SnippetKind): [string, Snippet][] {
  return readSnippets()
    .filter((snippet) => snippet.notRun === undefined && kindsOf(snippet).includes(kind))
    .map((snippet) => [snippet.place, snippet]);
}

/** The commands of a shell snippet; a backslash goes on with the next line. */
function commandsOf(code: string): string[] {
  return code
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
