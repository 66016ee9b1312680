import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Opens a store, registers nothing, closes it; prints what went wrong. */
const script = `
const { openEmbeddedStore } = require('./src/store/embedded/store');
const { systemClock } = require('./src/domain/clock');
const { silentLogger } = require('./src/domain/logger');
const bounds = { maxAgeMs: 86400000, maxCount: 10, maxBytes: 1e6 };
openEmbeddedStore({ directory: process.argv[1], deadLetters: bounds, minFreeDiskShare: 0 }, { clock: systemClock, random: Math.random, logger: silentLogger })
  .then((store) => store.close())
  .then(() => process.stdout.write('opened'), (error) => process.stdout.write(error.name + ': ' + error.message));
`;

(process.platform === 'linux' ? describe : describe.skip)(
  'the embedded store with little address space',
  () => {
    it.each([4, 6, 8, 16, 32, 64, 100])(
      'opens with %i GiB or says the limit; it never crashes',
      (gibibytes) => {
        const directory = mkdtempSync(join(tmpdir(), 'wpr-space-'));
        try {
          const limited = `ulimit -v ${gibibytes * 1024 * 1024}; exec "$0" "$@"`;
          const node = [process.execPath, '-r', './test/helpers/typescript.cjs', '-e', script, directory];
          const { status, signal, stdout } = spawnSync('sh', ['-c', limited, ...node], { encoding: 'utf8' });
          expect({ status, signal }).toEqual({ status: 0, signal: null });
          expect(stdout).toMatch(gibibytes < 6 ? /ulimit -v/ : /^opened$|ulimit -v/);
        } finally {
          rmSync(directory, { recursive: true });
        }
      },
    );
  },
);
