import { existsSync } from 'node:fs';
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { open } from 'lmdb';
import { systemClock } from '../../../src/domain/clock';
import { silentLogger } from '../../../src/domain/logger';
import { openEmbeddedStore, type EmbeddedStore } from '../../../src/store/embedded/store';
import { StoreConfigurationError, StoreUnavailableError } from '../../../src/store/ports/errors';
import { anEvent, claimAll, claimOne } from './builders';
import { startChild } from './child';
import { bounds } from './fixture';

const context = { clock: systemClock, random: Math.random, logger: silentLogger };
const openAt = (directory: string): Promise<EmbeddedStore> =>
  openEmbeddedStore({ directory, deadLetters: bounds, minFreeDiskShare: 0 }, context);

async function refusal(directory: string): Promise<string> {
  const error: unknown = await openAt(directory).then(
    async (store) => {
      await store.close();
      return new Error('it opened');
    },
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreConfigurationError);
  return error instanceof Error ? error.message : '';
}

describe('the data directory of the embedded store', () => {
  let base = '';
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'wpr-dir-'));
  });
  afterEach(async () => {
    await rm(base, { recursive: true });
  });

  it('is made, with what lies above it, for its owner alone', async () => {
    const directory = join(base, 'a/b/c');
    const store = await openAt(directory);
    await store.close();
    expect(existsSync(join(directory, 'data.mdb'))).toBe(true);
  });

  it('is not touched after close: whoever comes late is told that the store is closed', async () => {
    const store = await openAt(base);
    await store.close();
    const late: readonly (() => Promise<unknown>)[] = [
      () => store.inbox.stats(),
      () => store.devices.listMany(['alice']),
      () => store.devices.scan(1, null),
      () => store.profiles.getUsers(['alice']),
      () => store.retries.claimDue('r', 1),
      () => store.deadLetters.list(1, null),
      () => store.sharedState.get('k'),
      () => store.badges.set('alice', 'default', 1),
    ];
    for (const call of late)
      await expect(call()).rejects.toThrow(new StoreUnavailableError('the store is closed'));
  });

  it('is left clean: no lock stays behind', async () => {
    const store = await openAt(base);
    expect((await readdir(base)).filter((name) => name.endsWith('.sock'))).toHaveLength(1);
    await store.close();
    expect((await readdir(base)).filter((name) => name.endsWith('.sock'))).toEqual([]);
  });

  it('is missed where it is removed from under the store: what no start would find is not taken', async () => {
    const directory = join(base, 'removed');
    const store = await openAt(directory);
    const append = () => store.inbox.append(anEvent('a'));
    await append();
    const refused = async () => (await store.health()).some(({ severity }) => severity === 'unavailable');
    expect(await refused()).toBe(false);
    await rename(directory, `${directory}-elsewhere`);
    while (!(await refused())) await setTimeout(20);
    await expect(append()).rejects.toThrow('data.mdb was removed from data_dir');
    await mkdir(directory);
    await writeFile(join(directory, 'data.mdb'), 'another');
    expect(await refused()).toBe(true);
    await rm(directory, { recursive: true });
    await rename(`${directory}-elsewhere`, directory);
    while (await refused()) await setTimeout(20);
    await append();
    await store.close();
  });

  it('is refused to a second one, who is told the directory and the holder', async () => {
    const store = await openAt(base);
    const message = await refusal(base);
    expect(message).toContain(base);
    expect(message).toContain(`process ${process.pid} on `);
    await store.close();
    await (await openAt(base)).close();
  });

  it('goes to exactly one of those that start together', async () => {
    for (let time = 0; time < 5; time++) {
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => openAt(base)));
      const winners = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(winners).toHaveLength(1);
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(StoreConfigurationError);
      await winners[0]?.close();
    }
  });

  it('goes to exactly one of several processes, and to the next when that one is killed', async () => {
    const children = Array.from({ length: 3 }, () => startChild('hold', base));
    await Promise.all(children.map((child) => child.until((lines) => lines.length > 0)));
    const holders = children.filter((child) => child.lines[0] === 'open');
    expect(holders).toHaveLength(1);
    for (const child of children)
      if (child !== holders[0])
        expect(child.lines[0]).toMatch(/^failed StoreConfigurationError: .* is in use by /);
    expect(await refusal(base)).toContain(`process ${holders[0]?.process.pid} on `);
    await Promise.all(children.map((child) => child.kill()));
    expect((await readdir(base)).filter((name) => name.endsWith('.sock'))).not.toEqual([]);
    await (await openAt(base)).close();
    expect((await readdir(base)).filter((name) => name.endsWith('.sock'))).toEqual([]);
  });

  it('stays with a holder that is stopped', async () => {
    const child = startChild('hold', base);
    await child.until((lines) => lines.includes('open'));
    child.process.kill('SIGSTOP');
    expect(await refusal(base)).toMatch(/does not answer/);
    await child.kill();
  });

  it('may have a path longer than a socket address', async () => {
    const directory = join(base, 'd'.repeat(120), 'e'.repeat(120));
    const store = await openAt(directory);
    expect(await refusal(directory)).toContain('is in use by');
    await store.close();
    await (await openAt(directory)).close();
  });

  it('is refused where a file stands', async () => {
    await writeFile(join(base, 'file'), '');
    expect(await refusal(join(base, 'file'))).toMatch(/file stands where the directory/);
    expect(await refusal(join(base, 'file/below'))).toMatch(/file stands where/);
  });

  it('is refused where the user may not read or write', async () => {
    const directory = join(base, 'closed');
    await mkdir(directory);
    await chmod(base, 0o755);
    await chmod(directory, 0o500);
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      expect(await refusal(directory)).toMatch(/may not read and write it/);
      expect(await refusal(join(directory, 'below'))).toMatch(/cannot be made: .* may not read and write it/);
    } finally {
      if (isRoot) process.seteuid?.(0);
      await chmod(directory, 0o700);
    }
  });

  it('is refused when its data file is no data file', async () => {
    await writeFile(join(base, 'data.mdb'), Buffer.alloc(100_000, 'nonsense'));
    expect(await refusal(base)).toMatch(/data\.mdb cannot be opened: it is damaged, .*move it/);
    await writeFile(join(base, 'data.mdb'), 'short');
    expect(await refusal(base)).toMatch(/data\.mdb cannot be opened/);
  });

  it('is refused when its data file was emptied or is gone, instead of starting with nothing', async () => {
    await (await openAt(base)).close();
    await truncate(join(base, 'data.mdb'));
    expect(await refusal(base)).toMatch(/missing or empty/);
    await rm(join(base, 'data.mdb'));
    expect(await refusal(base)).toMatch(/missing or empty/);
  });

  it('is refused when its data file was cut short', async () => {
    const store = await openAt(base);
    for (let number = 0; number < 50; number++)
      await store.inbox.append(anEvent(`m${number}`, { body: Buffer.alloc(20_000, 1) }));
    await store.close();
    await truncate(join(base, 'data.mdb'), 40_000);
    expect(await refusal(base)).toMatch(/data\.mdb cannot be opened/);
  });

  it('does not mind a longer data file', async () => {
    const store = await openAt(base);
    await store.inbox.append(anEvent('m1'));
    await store.close();
    await appendFile(join(base, 'data.mdb'), Buffer.alloc(100_000));
    const again = await openAt(base);
    expect((await claimOne(again)).bodyId).toBe('m1');
    await again.close();
  });

  it.each([1, 99])('is refused when a relay of another version wrote it: %i', async (written) => {
    await (await openAt(base)).close();
    const root = open<Buffer, Buffer>({
      path: join(base, 'data.mdb'),
      noSubdir: true,
      keyEncoding: 'binary',
      encoding: 'binary',
      overlappingSync: false,
    });
    const version = Buffer.alloc(8);
    version.writeDoubleBE(written);
    await root
      .openDB<Buffer, Buffer>('meta', { keyEncoding: 'binary', encoding: 'binary' })
      .put(Buffer.from('format'), version);
    await root.close();
    expect(await refusal(base)).toMatch(
      new RegExp(`format version ${written}, this relay reads version \\d;`),
    );
  });

  it('starts without its claim marks: only the count of claims begins anew', async () => {
    const store = await openAt(base);
    await store.inbox.append(anEvent('m1'));
    const { id } = await claimOne(store);
    await store.close();
    for (const damage of [
      () => writeFile(join(base, 'claims.bin'), 'torn'),
      () => writeFile(join(base, 'claims.bin'), Buffer.alloc(24, 9)),
    ]) {
      await damage();
      const again = await openAt(base);
      await again.inbox.append(anEvent('m2'));
      const entries = await claimAll(again);
      expect(entries[0]).toMatchObject({ id, bodyId: 'm1' });
      expect(new Set(entries.map((entry) => entry.id)).size).toBe(entries.length);
      await again.close();
    }
  });

  const memory = '/dev/shm';
  (existsSync(memory) ? it : it.skip)('is reported when it lies in memory', async () => {
    const directory = await mkdtemp(join(memory, 'wpr-dir-'));
    const store = await openAt(directory);
    expect(await store.health()).toEqual([
      { name: 'data_dir', severity: 'degraded', detail: expect.stringContaining('tmpfs') as string },
    ]);
    await store.close();
    await rm(directory, { recursive: true });
  });
});
