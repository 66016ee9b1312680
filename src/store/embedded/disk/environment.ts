import { statSync } from 'node:fs';
import { join } from 'node:path';
import { open, type Database, type RootDatabase } from 'lmdb';
import { StoreConfigurationError, StoreUnavailableError } from '../../ports/errors';
import { mapSizeBytes } from './address-space';
import { checkDataFile, checkRoom, renewReaderTable, unusableFile } from './data-file';
import { messageOf } from './data-directory';
import { decodeNumber, encodeNumber } from './value-codec';
import { rowCodec } from './row-codec';

export type Table = Database<Buffer, Buffer>;
type Root = RootDatabase<Buffer, Buffer>;

/** What the rows look like. Raised with every change of them. */
const formatVersion = 3;
const formatKey = Buffer.from('format');
const binary = { keyEncoding: 'binary', encoding: 'binary' } as const;

interface TableStats {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
  readonly entryCount: number;
}

/** One LMDB file with its tables. */
export class Environment {
  #wasRemoved = false;
  #inode: number | null = null;
  readonly #tables: Table[] = [];
  readonly #path: string;

  private constructor(
    readonly root: Root,
    path: string,
  ) {
    this.#path = path;
  }

  /** Throws StoreConfigurationError that says what to do. The directory must be held (see DirectoryLock). */
  static open(directory: string, wasInUse: boolean): Environment {
    const path = join(directory, 'data.mdb');
    const wasShort = checkDataFile(path, wasInUse);
    const mapSize = mapSizeBytes(directory, statSync(path, { throwIfNoEntry: false })?.size ?? 0);
    renewReaderTable(path);
    checkRoom(path);
    try {
      const root: Root = open({
        ...binary,
        path,
        noSubdir: true,
        mapSize,
        maxDbs: 128,
        // The two settings on which durability stands: see Writer.
        overlappingSync: false,
        noSync: false,
        // Otherwise lmdb makes a promise of its own for each transaction, and nobody can catch its rejection.
        eventTurnBatching: false,
        ...{ permissionsMode: 0o600 },
      });
      if (wasShort) readEverything(root);
      return new Environment(root, path);
    } catch (error) {
      throw unusable(path, error);
    }
  }

  table(name: string): Table {
    try {
      const table: Table = this.root.openDB<Buffer, Buffer>(name, { ...rowCodec });
      this.#tables.push(table);
      return table;
    } catch (error) {
      throw unusable(this.#path, error);
    }
  }

  /** Makes the tables that are new in one transaction. A transaction for each takes as many times as long. */
  together<Result>(open: () => Result): Result {
    try {
      return this.root.transactionSync(open);
    } catch (error) {
      throw unusable(this.#path, error);
    }
  }

  /** Pages that hold live rows, all tables together; what LMDB keeps free inside its file is not counted. */
  usedBytes(): number {
    let bytes = 0;
    for (const table of this.#tables) {
      const stats = statsOf(table);
      bytes += (stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages) * stats.pageSize;
    }
    return bytes;
  }

  /** False: the file was removed, and what is written goes to one that no start finds again. Another file in its place changes nothing. */
  isInPlace(): boolean {
    try {
      const inode = statSync(this.#path, { throwIfNoEntry: false })?.ino ?? null;
      // Some file systems give a file another number now and then, but none lets it vanish.
      this.#wasRemoved = inode === null || (this.#wasRemoved && inode !== this.#inode);
      if (!this.#wasRemoved) this.#inode = inode;
    } catch {
      // A disk that cannot say so has not lost it; writes will tell.
    }
    return !this.#wasRemoved;
  }

  /** As far as LMDB has ever written: live rows, and pages to be used again. */
  fileBytes(): number {
    const stats = this.root.getStats() as unknown as {
      readonly pageSize: number;
      readonly lastPageNumber: number;
    };
    return (stats.lastPageNumber + 1) * stats.pageSize;
  }

  /** From here on every read throws StoreUnavailableError. */
  async close(): Promise<void> {
    const refuse = (): never => {
      throw new StoreUnavailableError('the store is closed');
    };
    for (const table of this.#tables)
      Object.assign(table, { get: refuse, getRange: refuse, getKeys: refuse, getStats: refuse });
    await this.root.close();
  }
}

export function entryCount(table: Table): number {
  return statsOf(table).entryCount;
}

/** Writes the version into a new file; throws StoreConfigurationError where a relay of another version wrote. */
export async function checkFormat(environment: Environment, meta: Table, directory: string): Promise<void> {
  const stored = meta.get(formatKey);
  if (stored === undefined) {
    await environment.root.transaction(() => {
      void meta.put(formatKey, encodeNumber(formatVersion));
    });
    return;
  }
  const version = stored.length === 8 ? decodeNumber(stored) : Number.NaN;
  if (version === formatVersion) return;
  throw new StoreConfigurationError(
    `data directory ${directory} has format version ${version}, this relay reads version ${formatVersion}; run the relay that wrote it, or set another data_dir`,
  );
}

/** Throws where a page in use is not what it must be. */
function readEverything(root: Root): void {
  for (const key of root.getKeys({})) {
    const name = Buffer.from(key).toString('utf8').replace(/\0+$/, '');
    const table = root.openDB<Buffer, Buffer>(name, { ...rowCodec });
    for (const { value } of table.getRange({})) void value.length;
  }
}

function statsOf(table: Table): TableStats {
  return table.getStats() as unknown as TableStats;
}

function unusable(path: string, error: unknown): Error {
  const isOurs = error instanceof StoreConfigurationError || error instanceof StoreUnavailableError;
  return isOurs ? error : unusableFile(path, messageOf(error), error);
}
