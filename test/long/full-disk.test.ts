import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { open } from 'lmdb';
import { closeConnections, messageBody, postEvent } from '../helpers/client';
import { webhookSecret } from '../helpers/fakes';
import { RelayProcess } from '../helpers/relay-process';
import { runCommand } from '../helpers/run-command';
import { itOnSmallDisk, useSmallDisk } from '../helpers/small-disk';

const fill = (path: string, freeKiB = 0) =>
  spawnSync('sh', ['-c', `dd if=/dev/zero of="$0" bs=4k 2>/dev/null; truncate -s -${freeKiB}K "$0"`, path]);

describe('a small disk', () => {
  const disk = useSmallDisk(48);
  afterAll(() => closeConnections());

  const serve = () => runCommand(['serve'], { env: { PORT: '0', DATA_DIR: join(disk.path, 'data') } });
  const ballast = () => join(disk.path, 'ballast');

  itOnSmallDisk.each([
    ['its free share ends', 'journal: {min_free_percent: 10}', 1_000],
    ['it has no room for a page', 'journal: {min_free_percent: 1}', 0],
  ])('takes the first webhook after %s and there is room again', async (_, yaml, freeKiB) => {
    await using relay = await RelayProcess.start({
      dataDir: join(disk.path, 'data'),
      env: { WEBHOOK_SECRET: webhookSecret },
      yaml: `${yaml}\n`,
    });
    const body = () => messageBody({ to: ['carol'], payload: { type: 1, content: 'x'.repeat(200_000) } });
    const post = async () => (await postEvent(relay.url, 'msg.offline', body())).status;
    for (let round = 0; round < 3; round += 1) {
      fill(ballast(), freeKiB);
      let refused = await post();
      for (let count = 0; refused !== 503 && count < 200; count += 1) refused = await post();
      expect([round, refused]).toEqual([round, 503]);
      expect(await post()).toBe(503);
      await rm(ballast());
      expect([round, await post()]).toEqual([round, 200]);
      expect([round, await post()]).toEqual([round, 200]);
    }
  });

  itOnSmallDisk.each([0, 8, 12, 20, 24, 32, 40, 64, 200])(
    'that has %i KiB at the first start is said to be full, in one line, with exit code 1',
    async (freeKiB) => {
      fill(ballast(), freeKiB);
      const { code, stdout, stderr } = await serve();
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/^[^\n]*the disk is full; free some space[^\n]*\n$/),
      ]);
      expect(stdout).not.toMatch(/"fatal"|a bug/);
    },
  );

  itOnSmallDisk('that is full at a later start works off what it holds, and says so', async () => {
    await (await RelayProcess.start({ dataDir: join(disk.path, 'data') })).stop();
    fill(ballast());
    await using relay = await RelayProcess.start({ dataDir: join(disk.path, 'data') });
    await relay.logged(({ check, level }) => check === 'disk' && level === 'warn');
  });

  itOnSmallDisk('that may not be written is said to be read-only, with exit code 2', async () => {
    await (await RelayProcess.start({ dataDir: join(disk.path, 'data') })).stop();
    spawnSync('mount', ['-o', 'remount,ro', disk.path]);
    expect(await serve()).toMatchObject({
      code: 2,
      stderr: `data directory ${join(disk.path, 'data')} cannot be used: the file system is read-only; mount it writable, or set another data_dir\n`,
    });
  });

  it('with the data of a newer version is left alone, with exit code 2', async () => {
    const data = join(disk.path, 'data');
    await (await RelayProcess.start({ dataDir: data })).stop();
    const binary = { keyEncoding: 'binary', encoding: 'binary' } as const;
    const root = open<Buffer, Buffer>({
      path: join(data, 'data.mdb'),
      noSubdir: true,
      maxDbs: 40,
      ...binary,
    });
    const version = Buffer.alloc(8);
    version.writeDoubleBE(9);
    root.openDB<Buffer, Buffer>('meta', binary).putSync(Buffer.from('format'), version);
    await root.close();
    expect(await serve()).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^data directory .* has format version 9, this relay reads version \d; run the relay that wrote it, or set another data_dir\n$/,
      ),
    });
  });

  it('with a link laid as data.mdb ends serve with 2, and the target stays whole', async () => {
    const path = join(disk.path, 'data', 'data.mdb');
    await mkdir(join(disk.path, 'data'), { mode: 0o700 });
    await writeFile(join(disk.folder, 'victim'), 'whole');
    await symlink(join(disk.folder, 'victim'), path);
    expect(await serve()).toMatchObject({
      code: 2,
      stderr: `${path} cannot be opened: it is a symbolic link, and the relay opens only regular files of its own; move it away, or set another data_dir\n`,
    });
    expect(await readFile(join(disk.folder, 'victim'), 'utf8')).toBe('whole');
  });
});
