import { execFileSync } from 'node:child_process';
import { chmod, link, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/domain/clock';
import { silentLogger } from '../../../src/domain/logger';
import { openEmbeddedStore, type EmbeddedStore } from '../../../src/store/embedded/store';
import { StoreConfigurationError } from '../../../src/store/ports/errors';
import { bounds } from './fixture';

const openAt = (directory: string): Promise<EmbeddedStore> =>
  openEmbeddedStore(
    { directory, deadLetters: bounds, minFreeDiskShare: 0 },
    { clock: systemClock, random: Math.random, logger: silentLogger },
  );

describe('what others laid into the data directory', () => {
  let directory = '';
  let victim = '';
  beforeEach(async () => {
    const base = await mkdtemp(join(tmpdir(), 'wpr-strange-'));
    directory = await mkdtemp(join(base, 'data-'));
    victim = join(base, 'victim');
    await writeFile(victim, '');
  });
  afterEach(() => rm(join(directory, '..'), { recursive: true }));

  it.each([0o777, 0o750, 0o705, 0o1777])('is not let in any more: mode %o is tightened', async (mode) => {
    await chmod(directory, mode);
    await (await openAt(directory)).close();
    expect((await stat(directory)).mode & 0o077).toBe(0);
  });

  it.each(['reserve.bin', 'reserve.bin.new', 'data.mdb-lock'])(
    'is replaced, not followed: %s',
    async (name) => {
      await symlink(victim, join(directory, name));
      await (await openAt(directory)).close();
      expect(await readFile(victim, 'utf8')).toBe('');
    },
  );

  it.each(['data.mdb', 'claims.bin'])('is refused where it is a symbolic link: %s', async (name) => {
    await symlink(victim, join(directory, name));
    await expect(openAt(directory)).rejects.toThrow();
    expect(await readFile(victim, 'utf8')).toBe('');
  });

  it('is refused where the data file is dangling, a hard link, or a FIFO', async () => {
    const path = join(directory, 'data.mdb');
    await symlink(`${victim}-not-there`, path);
    await expect(openAt(directory)).rejects.toThrow(StoreConfigurationError);
    await rm(path);
    await link(victim, path);
    await expect(openAt(directory)).rejects.toThrow(/hard links/);
    await rm(path);
    execFileSync('mkfifo', [path]);
    await expect(openAt(directory)).rejects.toThrow(/no regular file/);
  });
});
