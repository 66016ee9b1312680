import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { silentLogger } from '../../../src/domain/logger';
import { openEmbeddedStore } from '../../../src/store/embedded/store';
import { StoreUnavailableError } from '../../../src/store/ports/errors';
import { itOnSmallDisk, useSmallDisk } from '../../helpers/small-disk';
import { aDevice, aLetter, anEvent } from './builders';
import { startChild } from './child';
import { appendWhenThereIsRoom, fill, settleAll } from './filling';
import { bounds, TestClock } from './fixture';

const megabyte = 1024 * 1024;
const clock = new TestClock();
const context = { clock, random: Math.random, logger: silentLogger };

describe('the room that the embedded store has', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'wpr-room-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  describe('on a disk of its own', () => {
    const disk = useSmallDisk(12);

    const inChild = async (mode: string): Promise<void> => {
      const child = startChild(mode, disk.path, { script: 'full-disk-child.ts' });
      await child.ended;
      expect(child.lines).toEqual(['done']);
    };

    itOnSmallDisk(
      'refuses to append when the disk is full, keeps what it took, and goes on by itself when there is room',
      () => inChild('fill'),
    );

    itOnSmallDisk('heals without traffic: readiness alone notices that there is room again', () =>
      inChild('heal'),
    );

    itOnSmallDisk(
      'refuses growth below the share of free disk, lets work go on, and goes on by itself when there is room',
      async () => {
        const store = await openEmbeddedStore(
          { directory: disk.path, deadLetters: bounds, minFreeDiskShare: 0.3, reserveBytes: 0 },
          context,
        );
        await store.inbox.append(anEvent('before', { body: Buffer.alloc(10, 'before'.length) }));
        await store.devices.register(aDevice('alice', 'phone'), 20);
        const ballast = join(disk.path, 'ballast');
        await writeFile(ballast, Buffer.alloc(9 * megabyte));
        expect(await store.health()).toEqual(
          expect.arrayContaining([
            expect.objectContaining({
              name: 'disk',
              severity: 'unavailable',
              detail: expect.stringContaining('% free') as string,
            }),
          ]),
        );
        await expect(store.inbox.append(anEvent('refused'))).rejects.toThrow(StoreUnavailableError);
        await expect(store.devices.register(aDevice('bob', 'phone'), 20)).rejects.toThrow(
          StoreUnavailableError,
        );
        expect(await store.devices.list('alice')).toHaveLength(1);
        expect(await settleAll(store)).toEqual(['before']);
        await rm(ballast);
        await appendWhenThereIsRoom(store, 'after');
        expect(await settleAll(store)).toEqual(['after']);
        await store.close();
      },
    );
  });

  it('is bounded by maxBytes: refuses growth at the limit, and takes again what was settled', async () => {
    const store = await openEmbeddedStore(
      { directory, deadLetters: bounds, minFreeDiskShare: 0, maxBytes: 3 * megabyte },
      context,
    );
    for (let round = 0; round < 3; round++) {
      const taken = await fill(store, round);
      expect(taken.length).toBeGreaterThan(100);
      expect(await settleAll(store)).toEqual(taken);
      await appendWhenThereIsRoom(store, `after-${round}`);
      await settleAll(store);
    }
    await store.close();
  });

  it('is swept: marks, shared state and dead letters that are over leave the file', async () => {
    const store = await openEmbeddedStore(
      { directory, deadLetters: { ...bounds, maxAgeMs: 1_000 }, minFreeDiskShare: 0 },
      context,
    );
    await Promise.all(
      Array.from({ length: 2_400 }, (_, number) =>
        store.duplicateMarks.claim([{ uid: `u${number}`, key: 'a' }], 'e1', 60_000),
      ),
    );
    await Promise.all(
      Array.from({ length: 300 }, (_, number) => store.sharedState.set(`k${number}`, 'v', 60_000)),
    );
    await store.sharedState.set('stays', 'v', 1e9);
    await store.duplicateMarks.claim([{ uid: 'stays', key: 'a' }], 'e1', 24 * 3_600_000);
    await store.deadLetters.add(
      Array.from({ length: 250 }, (_, number) => aLetter(number, { atMs: clock.now() })),
    );
    expect(await store.sweep()).toBe(0);
    clock.advance(2 * 3_600_000);
    let removed = 0;
    for (;;) {
      const slice = await store.sweep();
      if (slice === 0) break;
      expect(slice).toBeLessThanOrEqual(1_000);
      removed += slice;
    }
    // One of the marks' slots was full, so its filter was written down.
    expect(removed).toBe(2_400 + 1 + 300 + 250);
    expect(await store.sharedState.get('stays')).toBe('v');
    await store.close();
    const root = open<Buffer, Buffer>({
      path: join(directory, 'data.mdb'),
      noSubdir: true,
      readOnly: true,
      keyEncoding: 'binary',
      encoding: 'binary',
    });
    const rows = [
      'marks',
      'mark-filters',
      'shared-state',
      'shared-state-expiry',
      'dead-letters',
      'dead-letter-users',
    ].map((table) =>
      root.openDB<Buffer, Buffer>(table, { keyEncoding: 'binary', encoding: 'binary' }).getCount({}),
    );
    expect(rows).toEqual([1, 0, 1, 1, 0, 0]);
    await root.close();
  });

  it('does not grow with what passes through it: freed pages are used again', async () => {
    const store = await openEmbeddedStore({ directory, deadLetters: bounds, minFreeDiskShare: 0 }, context);
    const sizes: number[] = [];
    for (let round = 0; round < 30; round++) {
      await Promise.all(
        Array.from({ length: 100 }, (_, number) =>
          store.inbox.append(
            anEvent(`r${round}-${number}`, { body: Buffer.alloc(5_000, `r${round}-${number}`.length) }),
          ),
        ),
      );
      await settleAll(store);
      sizes.push(await size(join(directory, 'data.mdb')));
    }
    expect(sizes[29]).toBeLessThan(2 * (sizes[9] ?? 0));
    await store.close();
  });
});

async function size(path: string): Promise<number> {
  const { stat } = await import('node:fs/promises');
  return (await stat(path)).size;
}
