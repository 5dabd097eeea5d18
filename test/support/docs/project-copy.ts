import { cp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromProject } from '../../../src/config/project-paths.js';
import { temporaryFolder, type TemporaryFolder } from '../temporary-folder.js';

const LINKED = ['node_modules', 'models', 'web', 'samples', 'scripts', 'package.json'];

/** The built product in a folder of its own, to which a snippet may add files. */
export async function copyProject(files: Record<string, string> = {}): Promise<TemporaryFolder> {
  const folder = await temporaryFolder();
  await cp(fromProject('dist'), join(folder.path, 'dist'), { recursive: true });
  for (const name of LINKED) await symlink(fromProject(name), join(folder.path, name));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder.path, name), content);
  return folder;
}
