import { chmod, mkdir, readdir, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describeOnEachStore } from '../helpers/each-store';
import { RelayProcess, temporaryDirectory } from '../helpers/relay-process';
import { runCommand } from '../helpers/run-command';

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describeOnEachStore(
  'a data directory that other users can write',
  (store) => {
    let folder: string;
    let data: string;
    beforeEach(async () => {
      folder = await temporaryDirectory();
      data = join(folder, 'data');
      await mkdir(data);
      await chmod(data, 0o777);
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    it('is closed to them before anything is laid into it, with one line', async () => {
      await using relay = await RelayProcess.start({ dataDir: data, env: store.env() });
      await relay.logged(({ directory, was, is }) => directory === data && was === '0777' && is === '0700');
      expect(await modeOf(data)).toBe('700');
    });

    it('ends serve with exit code 2 where a link is laid as its journal, and the target stays as it was', async () => {
      const victim = join(folder, 'victim');
      await mkdir(victim);
      await chmod(victim, 0o755);
      await symlink(victim, join(data, 'journal'));
      expect(
        await runCommand(['serve'], { env: { PORT: '0', DATA_DIR: data, ...store.env() } }),
      ).toMatchObject({
        code: 2,
        stderr: `data directory ${join(data, 'journal')} cannot be used: a symbolic link stands there, which the relay does not follow; remove it, or set another data_dir\n`,
      });
      expect([await modeOf(victim), await readdir(victim)]).toEqual(['755', []]);
    });
  },
  ['embedded', 'redis'],
);
