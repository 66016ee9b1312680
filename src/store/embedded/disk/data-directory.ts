import { constants } from 'node:fs';
import { access, chmod, readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Logger } from '../../../domain/logger';
import { shortText } from '../../../domain/short-text';
import { makeDirectory, nearestDirectory } from '../../../shared/make-directory';
import { StoreConfigurationError, StoreUnavailableError } from '../../ports/errors';

/** Makes the directory if need be, and says in words what is wrong with it. Throws StoreConfigurationError. */
export async function prepareDirectory(directory: string, logger: Logger): Promise<void> {
  try {
    await makeDirectory(resolve(directory));
  } catch (error) {
    throw cannotOpen(`data directory ${directory} cannot be made: ${explain(error)}`, error);
  }
  try {
    if (!(await stat(directory)).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    await readdir(directory);
    await closeToOthers(directory, logger);
  } catch (error) {
    if (error instanceof StoreConfigurationError) throw error;
    throw cannotOpen(`data directory ${directory} cannot be used: ${explain(error)}`, error);
  }
}

/**
 * Other users must neither read what users wrote nor lay files into it. Where the mode cannot be changed the directory is not
 * used; a file system without modes takes the change and keeps what it had, which is its operator's choice.
 */
async function closeToOthers(directory: string, logger: Logger): Promise<void> {
  const { mode, uid } = await stat(directory);
  const own = process.geteuid?.();
  if (own === undefined) return;
  if (uid !== own && uid !== 0 && own !== 0)
    throw new StoreConfigurationError(
      `data directory ${directory} belongs to another user (uid ${uid}); give it to the relay's user (uid ${own}), or set another data_dir`,
    );
  // A volume of a container belongs to root and is shared by its group (fsGroup).
  if (uid !== own && (mode & 0o002) !== 0) throw openToAll(directory);
  if (uid !== own || (mode & 0o077) === 0) return;
  await chmod(directory, mode & 0o7700);
  const [was, is] = [mode, mode & 0o7700].map((bits) => (bits & 0o7777).toString(8).padStart(4, '0'));
  logger.warn(
    { event: 'data_directory_closed', directory, was, is },
    'data directory was open to other users; its mode was changed',
  );
}

function openToAll(directory: string): StoreConfigurationError {
  return new StoreConfigurationError(
    `data directory ${directory} is open to every user of this machine; remove their access (chmod o-rwx), or set another data_dir`,
  );
}

/** Why this user could not make or use the directory, without touching anything; null: nothing is in the way. */
export async function directoryFault(directory: string): Promise<string | null> {
  try {
    const nearest = await nearestDirectory(resolve(directory), []);
    if (!(await stat(nearest)).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
    await access(nearest, constants.R_OK | constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return explain(error);
  }
}

/** Without `instanceof`: an error of Node's own may be of another realm than ours. */
export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** What others wrote (the system, LMDB), short. */
export function messageOf(error: unknown): string {
  return shortText(
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error),
  );
}

const writeFaults: readonly (readonly [pattern: RegExp, text: string])[] = [
  [/MDB_MAP_FULL/, 'the map of the file is full (MDB_MAP_FULL)'],
  [/MDB_CORRUPTED|MDB_PAGE_NOTFOUND|MDB_PANIC|MDB_INVALID/, 'the file is damaged; look at data.mdb'],
  [/no space left|ENOSPC/i, 'the disk is full (ENOSPC)'],
  [/quota exceeded|EDQUOT/i, 'the disk quota is used up (EDQUOT)'],
  [/read-only file system|EROFS/i, 'the file system is read-only (EROFS)'],
  [/input\/output error|\bEIO\b/i, 'the disk reports an error (EIO)'],
  [/file too large|EFBIG/i, 'the file may not grow further (EFBIG)'],
  [/permission denied|EACCES|EPERM|not permitted/i, 'the file may not be written (EACCES)'],
];

/** Why a transaction failed, in words that fit a log line and a public answer. */
export function writeFault(error: unknown): string {
  const message = `${messageOf(error)} ${errorCode(error)}`;
  return writeFaults.find(([pattern]) => pattern.test(message))?.[1] ?? 'LMDB reports an error';
}

/** That passes by itself, or by what an operator does elsewhere: a supervisor shall try again. */
const passing: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE']);

/** Why the store does not open: the disk is full or fails, or what was configured cannot be. */
export function cannotOpen(text: string, cause: unknown): StoreUnavailableError | StoreConfigurationError {
  const kind = passing.has(errorCode(cause)) ? StoreUnavailableError : StoreConfigurationError;
  return new kind(text, { cause });
}

/** What is wrong with a file or directory, and what to do. */
export function explain(error: unknown): string {
  const code = errorCode(error);
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `the relay's user (uid ${process.geteuid?.() ?? 'unknown'}) may not read and write it; change its owner or mode, or set another data_dir`;
    case 'ENOENT':
      return 'no directory can be made there; set another data_dir';
    case 'EEXIST':
    case 'ENOTDIR':
      return 'a file stands where the directory, or a directory above it, should be; remove it, or set another data_dir';
    case 'EISDIR':
      return 'a directory stands where the file should be; remove it';
    case 'EROFS':
      return 'the file system is read-only; mount it writable, or set another data_dir';
    case 'EDQUOT':
    case 'ENOSPC':
      return 'the disk is full; free some space, or set another data_dir';
    case 'ELOOP':
      return 'a symbolic link stands there, which the relay does not follow; remove it, or set another data_dir';
    case 'ENXIO':
    case 'ENODEV':
      return 'a FIFO, socket or device stands there; remove it';
    default:
      return messageOf(error);
  }
}
