/** The oldest Node that everything runs on, as `engines` in package.json has it. Imports nothing: what we import breaks on older ones. */
const OLDEST = [20, 19] as const;

/** @returns what to tell, or undefined when this Node will do */
export function nodeFault(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  return isOld ? `Parley needs Node ${OLDEST.join('.')} or later; this is ${version}.` : undefined;
}
