import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { systemClock } from '../../../src/domain/clock';
import { silentLogger } from '../../../src/domain/logger';
import { openEmbeddedStore, type EmbeddedStore } from '../../../src/store/embedded/store';
import { anEvent, claimAll } from './builders';
import { bounds } from './fixture';

const openAt = (directory: string): Promise<EmbeddedStore> =>
  openEmbeddedStore(
    { directory, deadLetters: bounds, minFreeDiskShare: 0 },
    { clock: systemClock, random: Math.random, logger: silentLogger },
  );

describe('an inbox row of the embedded store that cannot be read', () => {
  it.each([
    ['torn', Buffer.from([1, 2, 3])],
    ['of other bytes', Buffer.alloc(64, 0xff)],
  ])('is handed out as it is, and can be settled: %s', async (_, bytes) => {
    const directory = await mkdtemp(join(tmpdir(), 'wpr-unreadable-'));
    try {
      const before = await openAt(directory);
      await before.inbox.append(anEvent('m1'));
      await before.close();
      const binary = { keyEncoding: 'binary', encoding: 'binary' } as const;
      const root = open<Buffer, Buffer>({
        ...binary,
        path: join(directory, 'data.mdb'),
        noSubdir: true,
        overlappingSync: false,
      });
      const names = [...root.getKeys({})].map((key) => Buffer.from(key).toString().replace(/\0+$/, ''));
      for (const name of names.filter((one) => /^(inbox|lane|entries|direct)/.test(one))) {
        const table = root.openDB<Buffer, Buffer>(name, binary);
        for (const { key } of [...table.getRange({})]) await table.put(Buffer.from(key), bytes);
      }
      await root.close();
      const store = await openAt(directory);
      const entries = await claimAll(store);
      expect(entries).toHaveLength(1);
      expect(entries[0]?.body).toEqual(bytes);
      await store.inbox.settle(entries.map(({ id, bodyId }) => ({ id, bodyId, pending: [] })));
      expect((await store.inbox.stats()).depth.direct).toBe(0);
      await store.close();
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
