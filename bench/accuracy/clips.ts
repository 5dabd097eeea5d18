import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { fromProject } from '../../src/config/project-paths.js';
import { RAW_PCM, runFfmpeg, samplesOf } from './run-ffmpeg.js';

/** Speech and what is said in it. */
export interface Clip {
  name: string;
  text: string;
  /** 16 kHz mono. */
  samples: Int16Array;
}

const OWN_CLIPS = fromProject('test/fixtures/speech');
const AUDIO = new Set(['.wav', '.flac', '.mp3', '.ogg', '.opus', '.webm', '.m4a', '.mp4', '.aac', '.aiff']);
/** `NAME.fr.wav` is French; without a code a clip is English. */
const LANGUAGE = /\.([a-z]{2})$/;

/**
 * The clips of the repository and those of the folders, in a language. What is said is in a `references.json` beside them (by file
 * name), in a `NAME.txt` beside `NAME.wav`, or in a `.trans.txt` as LibriSpeech has it. Audio without a text is left out.
 */
export function loadClips(folders: readonly string[], language: string): Clip[] {
  return [OWN_CLIPS, ...folders].flatMap((folder) => {
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((path) => join(folder, path))
      .filter((path) => AUDIO.has(extname(path).toLowerCase()))
      .toSorted();
    const clips = paths.flatMap((path) => clipOf(path, language));
    if (clips.length === 0) throw new Error(`No audio with a text in language ${language} in ${folder}`);
    return clips;
  });
}

function clipOf(path: string, language: string): Clip[] {
  const name = basename(path, extname(path));
  if ((LANGUAGE.exec(name)?.[1] ?? 'en') !== language) return [];
  const text = textOf(path, name);
  if (text === undefined) return [];
  return [{ name, text, samples: samplesOf(runFfmpeg(['-i', path, ...RAW_PCM, 'pipe:1'])) }];
}

function textOf(path: string, name: string): string | undefined {
  const folder = dirname(path);
  const references = join(folder, 'references.json');
  if (existsSync(references)) {
    const texts = JSON.parse(readFileSync(references, 'utf8')) as Record<string, string>;
    const text = texts[basename(path)] ?? texts[name];
    if (text !== undefined) return text;
  }
  const own = join(folder, `${name}.txt`);
  if (existsSync(own)) return readFileSync(own, 'utf8').trim();
  const listed = readdirSync(folder).filter((file) => file.endsWith('.trans.txt'));
  return listed
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'))
    .find((line) => line.startsWith(`${name} `))
    ?.slice(name.length + 1);
}
