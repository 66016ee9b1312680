import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { silentLogger } from '../../../src/domain/logger';
import { openEmbeddedStore, type EmbeddedStore } from '../../../src/store/embedded/store';
import { StoreUnavailableError } from '../../../src/store/ports/errors';
import { aDevice, aLetter, anEvent, claimAll } from './builders';
import { bounds, TestClock } from './fixture';

const megabyte = 1024 * 1024;
const clock = new TestClock();
const context = { clock, random: Math.random, logger: silentLogger };
const mounts = mountable();

function mountable(): boolean {
  const probe = spawnSync('sh', [
    '-c',
    'd=$(mktemp -d) && mount -t tmpfs -o size=1m tmpfs "$d" && umount "$d" && rmdir "$d"',
  ]);
  return probe.status === 0;
}

async function settleAll(store: EmbeddedStore): Promise<string[]> {
  const done: string[] = [];
  for (;;) {
    const entries = await claimAll(store, { direct: 100 });
    if (entries.length === 0) return done;
    for (const { bodyId, body } of entries) {
      expect(body.equals(Buffer.alloc(body.length, bodyId.length))).toBe(true);
      done.push(bodyId);
    }
    await store.inbox.settle(entries.map(({ id, bodyId }) => ({ id, bodyId, pending: [] })));
  }
}

/** Appends until it is refused; the bodies that were taken. */
async function fill(store: EmbeddedStore, round: number): Promise<string[]> {
  const taken: string[] = [];
  for (let number = 0; number < 5_000; number++) {
    const bodyId = `r${round}-${number}`;
    try {
      await store.inbox.append(anEvent(bodyId, { body: Buffer.alloc(20_000, bodyId.length) }));
      taken.push(bodyId);
    } catch (error) {
      expect(error).toBeInstanceOf(StoreUnavailableError);
      return taken;
    }
  }
  throw new Error('it never filled');
}

async function appendWhenThereIsRoom(store: EmbeddedStore, bodyId: string): Promise<void> {
  for (;;) {
    try {
      await store.inbox.append(anEvent(bodyId, { body: Buffer.alloc(10, bodyId.length) }));
      return;
    } catch (error) {
      expect(error).toBeInstanceOf(StoreUnavailableError);
      await store.health();
    }
  }
}

describe('the room that the embedded store has', () => {
  // lmdb prints every transaction that fails, past the logger.
  beforeAll(() => jest.spyOn(console, 'error').mockImplementation(() => {}));
  afterAll(() => jest.restoreAllMocks());

  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'wpr-room-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  describe('on a disk of its own', () => {
    let disk = '';
    beforeEach(async () => {
      disk = join(directory, 'disk');
      await mkdir(disk);
      if (mounts) expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', disk]).status).toBe(0);
    });
    afterEach(() => {
      if (mounts) spawnSync('umount', ['-l', disk]);
    });
    const onDisk = mounts ? it : it.skip;

    onDisk(
      'refuses to append when the disk is full, keeps what it took, and goes on by itself when there is room',
      async () => {
        const store = await openEmbeddedStore(
          {
            directory: disk,
            deadLetters: bounds,
            minFreeDiskShare: 0,
            plentyFreeBytes: 0,
            reserveBytes: megabyte,
          },
          context,
        );
        const ballast = join(disk, 'ballast');
        for (let round = 0; round < 4; round++) {
          const taken = await fill(store, round);
          expect(taken.length).toBeGreaterThan(50);
          expect((await store.health()).map(({ severity }) => severity)).toContain('unavailable');
          expect(await settleAll(store)).toEqual(taken);
          await appendWhenThereIsRoom(store, `after-${round}`);
          expect(await settleAll(store)).toEqual([`after-${round}`]);
          expect((await store.health()).filter(({ severity }) => severity === 'unavailable')).toEqual([]);
        }
        await writeFile(ballast, '');
        await store.close();
      },
    );

    onDisk('heals without traffic: readiness alone notices that there is room again', async () => {
      const ballast = join(disk, 'ballast');
      const store = await openEmbeddedStore(
        {
          directory: disk,
          deadLetters: bounds,
          minFreeDiskShare: 0,
          plentyFreeBytes: 0,
          reserveBytes: megabyte,
        },
        context,
      );
      await writeFile(ballast, Buffer.alloc(6 * megabyte));
      await fill(store, 0);
      expect((await store.health()).some(({ severity }) => severity === 'unavailable')).toBe(true);
      await rm(ballast);
      expect((await store.health()).filter(({ severity }) => severity === 'unavailable')).toEqual([]);
      await store.close();
    });

    onDisk(
      'refuses growth below the share of free disk, lets work go on, and goes on by itself when there is room',
      async () => {
        const store = await openEmbeddedStore(
          { directory: disk, deadLetters: bounds, minFreeDiskShare: 0.3, reserveBytes: 0 },
          context,
        );
        await store.inbox.append(anEvent('before', { body: Buffer.alloc(10, 'before'.length) }));
        await store.devices.register(aDevice('alice', 'phone'), 20);
        const ballast = join(disk, 'ballast');
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
      Array.from({ length: 1_200 }, (_, number) =>
        store.duplicateMarks.claim([{ uid: `u${number}`, keys: ['a', 'b'] }], 'e1', 60_000),
      ),
    );
    await Promise.all(
      Array.from({ length: 300 }, (_, number) => store.sharedState.set(`k${number}`, 'v', 60_000)),
    );
    await store.sharedState.set('stays', 'v', 1e9);
    await store.duplicateMarks.claim([{ uid: 'stays', keys: ['a'] }], 'e1', 24 * 3_600_000);
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
    expect(removed).toBe(2_400 + 300 + 250);
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
      'duplicate-marks',
      'shared-state',
      'shared-state-expiry',
      'dead-letters',
      'dead-letter-users',
    ].map((table) =>
      root.openDB<Buffer, Buffer>(table, { keyEncoding: 'binary', encoding: 'binary' }).getCount({}),
    );
    expect(rows).toEqual([1, 1, 1, 0, 0]);
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
