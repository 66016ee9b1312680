import { constants, lstatSync, openSync, rmSync } from 'node:fs';
import { StoreConfigurationError } from '../ports/errors';
import { cannotOpen, errorCode, explain } from './disk/data-directory';

/**
 * A file of the data directory, for reading and writing. Whoever may write beside it could have laid there what leads to another
 * file, waits for ever, or is held open by somebody else: that is not opened. Throws StoreConfigurationError.
 */
export function openOwnFile(path: string, flags = 0): number {
  checkOwnFile(path);
  try {
    return openSync(path, constants.O_RDWR | constants.O_NOFOLLOW | flags, 0o600);
  } catch (error) {
    throw cannotOpen(`${path} cannot be opened: ${explain(error)}`, error);
  }
}

/** False: there is none. Throws StoreConfigurationError: it is not a regular file of its own. */
export function checkOwnFile(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  const what = found.isSymbolicLink()
    ? 'a symbolic link'
    : found.isDirectory()
      ? 'a directory'
      : !found.isFile()
        ? 'no regular file'
        : found.nlink > 1
          ? 'a file with several hard links'
          : null;
  if (what !== null)
    throw unusable(
      path,
      `it is ${what}, and the relay opens only regular files of its own; move it away, or set another data_dir`,
    );
  return true;
}

/** Takes away what stands where a file is made anew; links are not followed. Throws StoreConfigurationError. */
export function removeOwnFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    const isDirectory = errorCode(error) === 'ERR_FS_EISDIR';
    throw unusable(path, isDirectory ? 'it is a directory; move it away' : explain(error), error);
  }
}

function unusable(path: string, reason: string, cause?: unknown): StoreConfigurationError {
  return new StoreConfigurationError(`${path} cannot be opened: ${reason}`, { cause });
}
