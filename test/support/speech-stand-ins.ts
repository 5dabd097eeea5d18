import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Stands in for espeak-ng, which is not on every machine: answers as it does, writes down how it was asked, and speaks a second of
 * silence. After a text that begins with `waiting` it falls silent without an end; one that begins with `endless` is spoken for ever.
 */
const ESPEAK = `#!/bin/sh
echo "$@" >> "$(dirname "$0")/arguments"
if [ "$1" = --voices ]; then
  echo 'Pty Language       Age/Gender VoiceName          File                 Other Languages'
  echo ' 5  en-us           --/M      English_(America)  gmw/en-US            (en 3)'
  echo ' 5  ko              --/M      Korean             ko                   '
  exit 0
fi
cat > "$(dirname "$0")/input"
printf 'RIFF\\044\\360\\377\\177WAVEfmt \\020\\000\\000\\000\\001\\000\\001\\000\\042\\126\\000\\000\\104\\254\\000\\000\\002\\000\\020\\000data\\000\\360\\377\\177'
if grep -q ^endless "$(dirname "$0")/input"; then exec cat /dev/zero; fi
head -c 44100 /dev/zero
if grep -q ^waiting "$(dirname "$0")/input"; then exec sleep 600; fi
exit 0
`;

/** Stands in for ffmpeg where only its process matters: what comes out is what went in. Tests hide the PATH of the machine. */
const FFMPEG = '#!/bin/sh\nPATH=/usr/bin:/bin exec cat\n';

/** @returns the path of the stand-in, which leaves the files `arguments` and `input` beside itself */
export function espeakStandIn(folder: string): Promise<string> {
  return writeProgram(join(folder, 'espeak-ng'), ESPEAK);
}

export function ffmpegStandIn(folder: string): Promise<string> {
  return writeProgram(join(folder, 'ffmpeg'), FFMPEG);
}

async function writeProgram(path: string, script: string): Promise<string> {
  await writeFile(path, script);
  await chmod(path, 0o755);
  return path;
}
