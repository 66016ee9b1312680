import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/domain/clock';
import { silentLogger } from '../../../src/domain/logger';
import { openEmbeddedStore, type EmbeddedStore } from '../../../src/store/embedded/store';
import { StoreConfigurationError } from '../../../src/store/ports/errors';
import { bounds } from './fixture';

const openAt = (directory: string, logger = silentLogger): Promise<EmbeddedStore> =>
  openEmbeddedStore(
    { directory, deadLetters: bounds, minFreeDiskShare: 0 },
    { clock: systemClock, random: Math.random, logger },
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
  const servers: Server[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) server.close();
    await rm(join(directory, '..'), { recursive: true });
  });

  it.each([0o777, 0o750, 0o705, 0o1777])(
    'is not let in any more: mode %o is tightened, and that is logged',
    async (mode) => {
      await chmod(directory, mode);
      const lines: object[] = [];
      const logger = { ...silentLogger, warn: (fields: object) => void lines.push(fields) };
      await (await openAt(directory, logger)).close();
      expect((await stat(directory)).mode & 0o077).toBe(0);
      expect(lines).toEqual([
        {
          event: 'data_directory_closed',
          directory,
          was: mode.toString(8).padStart(4, '0'),
          is: expect.stringMatching(/^.700$/),
        },
      ]);
      await (await openAt(directory, logger)).close();
      expect(lines).toHaveLength(1);
    },
  );

  const kinds: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
    'a symbolic link': (path) => symlink(victim, path),
    'a dangling symbolic link': (path) => symlink(`${victim}-not-there`, path),
    'a circle of symbolic links': (path) => symlink(path, path),
    'a link to a directory': (path) => symlink(join(directory, '..'), path),
    'a hard link': (path) => link(victim, path),
    'a FIFO': async (path) => execFileSync('mkfifo', [path]),
    'a socket': async (path) => {
      const server = createServer().listen(path);
      await once(server, 'listening');
      servers.push(server);
    },
    'a directory': (path) => mkdir(path),
    'a directory that is not empty': async (path) => {
      await mkdir(path);
      await writeFile(join(path, 'x'), 'kept');
    },
    'a device': (path) => symlink('/dev/zero', path),
  };
  const made = ['reserve.bin', 'reserve.bin.new', 'data.mdb-lock', 'lock-0123456789abc.sock'];
  const opened = ['data.mdb', 'claims.bin'];

  describe.each([...opened, ...made])('where %s is', (name) => {
    it.each(Object.keys(kinds))(
      '%s, it is replaced or refused in words, and never followed',
      async (kind) => {
        await kinds[kind]?.(join(directory, name));
        const error: unknown = await openAt(directory).then(
          (store) => store.close().then(() => null),
          (failure: unknown) => failure,
        );
        if (opened.includes(name) || error !== null) {
          expect(error).toBeInstanceOf(StoreConfigurationError);
          expect(String(error)).toContain(directory);
          expect(String(error)).not.toMatch(/\b(ELOOP|ENXIO|EISDIR|ESPIPE|ENOTDIR)\b/);
        }
        expect(await readFile(victim, 'utf8')).toBe('');
        expect(await readdir(join(directory, '..'))).toHaveLength(2);
      },
    );
  });
});
