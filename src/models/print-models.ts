import type { Licence, NamedModel } from './catalogue.js';
import type { ModelListing } from './listing.js';

/** The columns of `list`, as lines. */
export function tableOf(listings: readonly ModelListing[]): string[] {
  const rows = [['NAME', 'KIND', 'SIZE', 'MEMORY', 'LANGUAGES', 'LICENCE', 'STATE'], ...listings.map(rowOf)];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}

export const LEGEND = [
  'SIZE: download and disk; of models that are pulled, approximately. MEMORY: of a process that uses the model; ~ is an estimate',
  '(files + 50 MB + 300 MB), the rest was measured (docs/models.md). LICENCE with *: some use is restricted, or its terms are',
  'unclear; `pull` says what is known before it downloads. whisper-base comes with the sources. base is the same network as',
  'sherpa-onnx exports it: twice as large, slower on short speech, and it may write "[Music]" where nobody speaks.',
  'There is no Korean voice to pull: Piper has none, and Kokoro does not speak it.',
] as const;

function rowOf({
  name,
  kind,
  state,
  sizeMb,
  memoryMb,
  memoryFrom,
  languages,
  licence,
}: ModelListing): string[] {
  return [
    name,
    kind,
    sizeMb === undefined ? '' : `${sizeMb} MB`,
    memoryMb === undefined ? '' : `${memoryFrom === 'estimated' ? '~' : ''}${memoryMb} MB`,
    languages?.join(' ') ?? '',
    licence ? `${licence.name}${licence.use === 'restricted' ? ' *' : ''}` : '',
    state === 'absent' ? '' : state,
  ];
}

/** What is said before a download begins. */
export function noticeOf(model: NamedModel): string[] {
  const { name, kind, sizeMb, licence, sources } = model;
  const from = sources.map(({ repository }) => repository).join(' and ');
  return [
    `${name}: about ${sizeMb} MB from ${from}.`,
    ...licenceLines(licence),
    ...(kind === 'voice' && model.architecture === 'vits'
      ? ["That is the licence of the recordings; Piper's repository states MIT for the weights."]
      : []),
    ...(kind === 'voice' ? ["Its folder espeak-ng-data is espeak-ng's: GPL-3.0-or-later."] : []),
  ];
}

function licenceLines({ name, url, use, remark }: Licence): string[] {
  const lines = [`Licence: ${name}, by ${url} - check it there.`];
  if (remark !== undefined) lines.push(use === 'restricted' ? `RESTRICTED OR UNCLEAR: ${remark}` : remark);
  return lines;
}
