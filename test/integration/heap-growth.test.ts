import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What V8 says of a flag that is set while a process runs. */
async function complaintAbout(flag: string): Promise<string> {
  const { stderr } = await run(process.execPath, ['-e', `v8.setFlagsFromString(${JSON.stringify(flag)})`]);
  return stderr;
}

describe('the flag by which the relay limits the growth of its heap', () => {
  it('is known to this V8, which complains of one that is not', async () => {
    expect(await complaintAbout('--heap-growing-percent=40')).toBe('');
    expect(await complaintAbout('--heap-growing-percents=40')).not.toBe('');
  });
});
