import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '../helpers/relay-process';

const main = join(__dirname, '../../dist/main.js');
const gibibyteInKiB = 1024 * 1024;

describe('a relay with little address space', () => {
  it.each([2, 4, 6, 8, 10, 12])(
    'ends with exit code 2 and one line that names the limit: %i GiB',
    async (gibibytes) => {
      const dataDir = await temporaryDirectory();
      const limited = `ulimit -v ${gibibytes * gibibyteInKiB}; exec "$0" "$@"`;
      const { status, signal, stdout, stderr } = spawnSync(
        'sh',
        ['-c', limited, process.execPath, main, 'serve'],
        {
          encoding: 'utf8',
          timeout: 100_000,
          killSignal: 'SIGKILL',
          env: { PATH: process.env['PATH'], PORT: '0', DATA_DIR: dataDir },
        },
      );
      expect({ status, signal, stderr }).toEqual({
        status: 2,
        signal: null,
        stderr: expect.stringMatching(/^data directory [^\n]* \(ulimit -v, LimitAS\)[^\n]*\n$/),
      });
      expect(stdout).not.toMatch(/fatal|a bug/);
      await rm(dataDir, { recursive: true, force: true });
    },
  );
});
