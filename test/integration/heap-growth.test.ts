import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What V8 says of a flag that is set while a process runs. */
async function complaintAbout(flag: string): Promise<string> {
  const { stderr } = await run(process.execPath, ['-e', `v8.setFlagsFromString(${JSON.stringify(flag)})`]);
  return stderr;
}

describe('the flags by which the relay tells V8 how to collect', () => {
  it.each(['--heap-growing-percent=40', '--no-allocation-site-pretenuring'])(
    'are known to this V8, which complains of one that is not: %s',
    async (flag) => {
      expect(await complaintAbout(flag)).toBe('');
      expect(await complaintAbout(flag.replace('-', '-x'))).not.toBe('');
    },
  );
});
