import { readFileSync } from 'node:fs';
import { fromProject } from '../../src/config/project-paths.js';
import {
  IN_ONNX_RUNTIME,
  IN_OTHER_PACKAGES,
  IN_SPEECH_LIBRARY,
  MODELS,
  type OtherPart,
} from './other-parts.js';
import { productionPackages, tidy, type NpmPackage } from './npm-packages.js';
import { standardText } from './standard-texts.js';

/** Said here and in the README. */
export const FOR_THOSE_WHO_HAND_ON =
  'Running Parley asks nothing of you. Whoever hands on an image, or a folder with its node_modules, hands on programs under the GPL with it (espeak-ng, ' +
  'ffmpeg, and the espeak-ng that is linked into the speech library): pass on THIRD_PARTY_NOTICES and be ready to give the source of those parts to those who get it.';

/** Copyright is claimed above the terms. */
const HEAD_LINES = 12;
const RULE = '='.repeat(100);

/** `THIRD_PARTY_NOTICES`: the same on every machine, from the lock file, the packages of every platform and what is listed by hand. */
export function noticesPage(): string {
  const packages = productionPackages();
  const parts = [
    ['', head()],
    ['MODELS', MODELS.map((part) => line(part, part.folder)).join('\n')],
    ['CLIPS', ['README.md', 'dictee.fr.LICENSE.txt'].map((name) => fileText(`samples/${name}`)).join('\n\n')],
    ['LINKED INTO THE SPEECH LIBRARY', speechLibrary()],
    ['INSIDE OTHER PACKAGES', IN_OTHER_PACKAGES.map((part) => line(part, `in ${part.inside}`)).join('\n')],
    ['SCRIPTS FOR BROWSERS', browserScripts()],
    ['THE IMAGE', IMAGE],
    ['NPM PACKAGES', packages.map(packageLine).join('\n')],
    ['TEXTS THAT COME WITH THE PACKAGES', ownTexts(packages)],
    ['TEXTS OF LICENCES, FOR WHAT COMES WITHOUT ONE', standardTexts(packages)],
  ];
  return `${parts.map(([title, body]) => (title ? `${RULE}\n${title}\n${RULE}\n\n${body}` : body)).join('\n\n')}\n`;
}

function head(): string {
  return [
    'THIRD-PARTY NOTICES OF PARLEY',
    'Parley itself is under the MIT licence (LICENSE). This file lists what is shipped with it; `npm run notices` writes it.',
    wrap(FOR_THOSE_WHO_HAND_ON),
    wrap(
      'The programs under the GPL run as processes of their own. The speech library is loaded by the processes of the Whisper worker and of a neural voice, never by the ' +
        'gateway. The image has its copy of espeak-ng from npm and its ffmpeg from Debian. The files for the tests are neither in the image nor listed here.',
    ),
  ].join('\n\n');
}

function speechLibrary(): string {
  return [
    wrap(
      'The packages sherpa-onnx-PLATFORM say Apache-2.0 and bring no notices. What their libraries contain was read from the symbols and strings of those for linux-x64:',
    ),
    `libsherpa-onnx-c-api\n${IN_SPEECH_LIBRARY.map((part) => line(part)).join('\n')}`,
    `libonnxruntime\n${IN_ONNX_RUNTIME.map((part) => line(part)).join('\n')}`,
  ].join('\n\n');
}

const IMAGE = wrap(
  'The image of deploy/Dockerfile is built on Debian and Node.js (MIT, with the licences of its parts in /usr/local/LICENSE) and adds the package ffmpeg of Debian, which is under ' +
    'the GPL-2.0-or-later as Debian builds it, with the libraries it needs. The licence of each Debian package is in /usr/share/doc/PACKAGE/copyright; its source comes from Debian.',
);

function browserScripts(): string {
  return [
    'The page /docs loads swagger-ui-bundle.js and swagger-ui.css of swagger-ui-dist (Apache-2.0). Its list of what is inside:',
    fileText('node_modules/swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt'),
    wrap(
      '/socket.io/socket.io.js comes from the package socket.io and holds socket.io-client, engine.io-client, engine.io-parser and socket.io-parser (MIT, Guillermo Rauch and ' +
        'Socket.IO contributors) and @socket.io/component-emitter (MIT, Component contributors).',
    ),
  ].join('\n\n');
}

function fileText(path: string): string {
  return tidy(readFileSync(fromProject(path), 'utf8'));
}

function line({ name, licence, holder, from }: OtherPart, where?: string): string {
  return `- ${name}${where ? `, ${where}` : ''}: ${licence}. Copyright ${holder}. ${from}`;
}

function packageLine({ name, versions, licence }: NpmPackage): string {
  return `- ${name} ${versions.join(', ')}: ${licence ?? 'UNKNOWN'}`;
}

/** Each text once, below the packages that have it and what each of them says of its copyright. */
function ownTexts(packages: readonly NpmPackage[]): string {
  const blocks = new Map<string, { body: string; owners: string[] }>();
  for (const { name, texts } of packages)
    for (const text of texts) {
      const { holders, body } = splitHolders(text);
      const key = body.replace(/\s+/g, ' ').toLowerCase();
      const block = blocks.get(key) ?? { body, owners: [] };
      block.owners.push(`--- ${[name, ...holders].join('\n    ')}`);
      blocks.set(key, block);
    }
  return [...blocks.values()].map(({ body, owners }) => `${owners.join('\n')}\n\n${body}`).join('\n\n');
}

/** The lines of copyright apart, so that a text that many packages have is said once. */
function splitHolders(text: string): { holders: string[]; body: string } {
  const lines = text.split('\n');
  const isHolder = (line: string, at: number): boolean =>
    at < HEAD_LINES && /^\s*(copyright|\(c\)|©)/i.test(line);
  return {
    holders: lines.filter(isHolder).map((line) => line.trim()),
    body: tidy(lines.filter((line, at) => !isHolder(line, at)).join('\n')),
  };
}

function standardTexts(packages: readonly NpmPackage[]): string {
  const bare = packages.filter(({ texts }) => texts.length === 0);
  const byHand = [...IN_SPEECH_LIBRARY, ...IN_ONNX_RUNTIME, ...IN_OTHER_PACKAGES, ...MODELS];
  const names = [...new Set([...bare, ...byHand].map(({ licence }) => licence!))].sort();
  const holders = bare.map(({ name, author }) => `- ${name}: ${author ?? 'its authors'}`).join('\n');
  return [
    `These packages bring no text of their own. Copyright:\n${holders}`,
    ...names.map((name) => `--- ${standardText(name)}`),
  ].join('\n\n');
}

/** At most 100 characters a line, at spaces. */
function wrap(text: string): string {
  const lines = [''];
  for (const word of text.split(' '))
    if (lines.at(-1)!.length + word.length >= 100) lines.push(word);
    else lines[lines.length - 1] = `${lines.at(-1)!} ${word}`.trimStart();
  return lines.join('\n');
}
