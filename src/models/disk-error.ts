import { ModelError } from './model-error.js';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const LOCKED = new Set(['EROFS', 'EACCES', 'EPERM', 'ENOTDIR', 'EEXIST']);

/** What a failing file system means to who pulls a model; any other error is given back as it is. */
export function asModelError(error: unknown, modelsDir: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  if (FULL.has(code)) {
    return new ModelError(
      'disk_full',
      `The disk of ${modelsDir} is full (${code}). What has come is kept: make room, and pull again to go on.`,
      { cause: error },
    );
  }
  if (LOCKED.has(code)) {
    return new ModelError(
      'not_writable',
      `${modelsDir} cannot be written (${code}). Let this user write there, or set MODELS_DIR to another folder.`,
      { cause: error },
    );
  }
  return error;
}
