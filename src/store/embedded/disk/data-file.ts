import { closeSync, fstatSync, ftruncateSync, readSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { StoreConfigurationError, StoreUnavailableError } from '../../ports/errors';
import { cannotOpen, explain } from './data-directory';
import { checkOwnFile, openOwnFile, removeOwnFile } from '../own-file';

/** `MDB_page` and `MDB_meta` of lmdb 0.9.90 as lmdb-js builds it, little-endian 64 bit. */
const metaFlagAt = 18;
const metaFlag = 0x08;
const magicAt = 24;
const magic = 0xbeefc0de;
const versionAt = 28;
const dataVersion = 2;
const pageSizeAt = 48;
const lastPageAt = 144;
const transactionAt = 152;
const headerLength = 160;
/** More than LMDB's 126 readers take. */
const readerTableBytes = 16_384;

interface Meta {
  readonly pageSize: number;
  readonly lastPage: number;
  readonly transaction: number;
}

/**
 * Looks at the file before LMDB does: lmdb-js 3.5 ends the process by SIGSEGV when LMDB refuses a file, and reading past
 * the end of one that was cut short ends it by SIGBUS. True when the file was shorter than it says it is: then it has
 * been filled up with zeros, which LMDB takes as an error where they are in use, and every row has to be read once.
 * Throws StoreConfigurationError.
 */
export function checkDataFile(path: string, wasInUse: boolean): boolean {
  if (!checkOwnFile(path)) {
    if (wasInUse) throw vanished(path);
    return false;
  }
  const descriptor = openOwnFile(path);
  try {
    const { size } = fstatSync(descriptor);
    if (size === 0 && wasInUse) throw vanished(path);
    if (size === 0) return false;
    const first = readMeta(path, descriptor, 0);
    const second = readMeta(path, descriptor, first.pageSize);
    const latest = first.transaction >= second.transaction ? first : second;
    const said = (latest.lastPage + 1) * first.pageSize;
    if (size >= said) return false;
    ftruncateSync(descriptor, said);
    return true;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * LMDB's table of readers and its mutex outlive the process that made them. Whoever holds the directory is alone, so
 * it begins anew: in a container the dead process had the pid of the living one, and its readers would never end. LMDB
 * writes the table through a memory map: without room on the disk that would end the process by SIGBUS, so the room is
 * taken before.
 */
export function renewReaderTable(path: string): void {
  const tablePath = `${path}-lock`;
  removeOwnFile(tablePath);
  try {
    writeFileSync(tablePath, Buffer.alloc(readerTableBytes), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw cannotOpen(`${tablePath} cannot be written: ${explain(error)}`, error);
  }
}

/** A new file needs this much: where LMDB cannot write its first pages, lmdb-js ends the process by SIGSEGV. */
const newFileBytes = 1024 * 1024;

/** Throws StoreUnavailableError where the disk has no room for a new file. */
export function checkRoom(path: string): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0) return;
  const { bavail, bsize } = statfsSync(dirname(path));
  if (bavail * bsize >= newFileBytes) return;
  throw new StoreUnavailableError(
    `${path} cannot be made: the disk is full; free some space, or set another data_dir`,
  );
}

function readMeta(path: string, descriptor: number, offset: number): Meta {
  const bytes = Buffer.alloc(headerLength);
  const read = readSync(descriptor, bytes, 0, headerLength, offset);
  const isMeta =
    read === headerLength &&
    bytes.readUInt16LE(metaFlagAt) === metaFlag &&
    bytes.readUInt32LE(magicAt) === magic;
  const pageSize = bytes.readUInt32LE(pageSizeAt);
  const lastPage = Number(bytes.readBigUInt64LE(lastPageAt));
  if (
    !isMeta ||
    pageSize < 512 ||
    pageSize > 65_536 ||
    (pageSize & (pageSize - 1)) !== 0 ||
    !Number.isSafeInteger(lastPage * pageSize)
  ) {
    throw unusableFile(path, 'it is damaged, or no data file of this relay');
  }
  const version = bytes.readUInt16LE(versionAt);
  if (version !== dataVersion)
    throw unusableFile(path, `it has LMDB's data version ${version}, this relay reads ${dataVersion}`);
  return { pageSize, lastPage, transaction: Number(bytes.readBigUInt64LE(transactionAt)) };
}

export function unusableFile(path: string, reason: string, cause?: unknown): StoreConfigurationError {
  return new StoreConfigurationError(
    `${path} cannot be opened: ${reason}; restore it from a copy, or move it and everything beside it away (and keep it) to start anew`,
    { cause },
  );
}

function vanished(path: string): StoreConfigurationError {
  return new StoreConfigurationError(
    `${path} is missing or empty, but its directory held data before; put the file back, or remove everything beside it to start anew`,
  );
}
