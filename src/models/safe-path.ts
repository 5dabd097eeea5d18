/** What a pull writes itself beside the files of a model. */
const OWN = /^(?:model\.json|voice\.json|pull\.lock.*)$|\.part$/i;
const SEGMENT = /^(?!\.)[\w.+@ ()!,=-]+(?<![. ])$/;
const MAX_DEPTH = 8;
const MAX_CHARACTERS = 200;

/**
 * Whether a file that a stranger names may be written within a folder: a relative path with `/`, that leads nowhere out of the folder
 * on any system, is not hidden, and is not one of the files that a pull writes itself.
 */
export function isSafePath(path: string): boolean {
  const segments = path.split('/');
  return (
    path.length <= MAX_CHARACTERS &&
    segments.length <= MAX_DEPTH &&
    segments.every((segment) => SEGMENT.test(segment)) &&
    !OWN.test(segments[0]!) &&
    !OWN.test(segments.at(-1)!)
  );
}
