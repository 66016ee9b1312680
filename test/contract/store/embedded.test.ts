import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { silentLogger } from '../../../src/domain/logger';
import { openEmbeddedStore, type EmbeddedStore } from '../../../src/store/embedded/store';
import type { OpenedStore, StoreSettings } from './fixture';
import { describeStore } from './store-suite';

async function makeEmbeddedStore({
  clock,
  claimTimeMs,
  deadLetters,
  traces,
}: StoreSettings): Promise<OpenedStore> {
  const directory = await mkdtemp(join(tmpdir(), 'wpr-store-'));
  // How full this machine's disk is must not decide whether the tests pass.
  const options = { directory, claimTimeMs, deadLetters, traces, minFreeDiskShare: 0 };
  const openStore = (): Promise<EmbeddedStore> =>
    openEmbeddedStore(options, { clock, random: Math.random, logger: silentLogger });
  let store = await openStore();
  return {
    get store() {
      return store;
    },
    async reopen() {
      await store.close();
      store = await openStore();
    },
    storedBodies() {
      return countRows(directory, 'bodies');
    },
    async close() {
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** Looks at the file beside the store: LMDB allows a reader in the same process. */
async function countRows(directory: string, table: string): Promise<number> {
  const root = open<Buffer, Buffer>({
    path: join(directory, 'data.mdb'),
    noSubdir: true,
    readOnly: true,
    keyEncoding: 'binary',
    encoding: 'binary',
  });
  const rows = root.openDB<Buffer, Buffer>(table, { keyEncoding: 'binary', encoding: 'binary' }).getCount({});
  await root.close();
  return rows;
}

describeStore('embedded', makeEmbeddedStore);
