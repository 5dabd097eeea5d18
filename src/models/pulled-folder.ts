/** Says what belongs to a model and how it is recognised. Written last: a folder that has it was whole. */
export const MANIFEST = 'model.json';

/** There while a process pulls into the folder. */
export const LOCK = 'pull.lock';

/** Whether a folder with these files is not whole yet: its first pull is under way. */
export function isBeingPulled(names: readonly string[]): boolean {
  return names.includes(LOCK) && !names.includes(MANIFEST);
}
