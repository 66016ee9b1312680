import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** In MB. */
async function mostWith(percent: number): Promise<number> {
  const script = join(__dirname, '../helpers/growing-heap.cjs');
  const { stdout, stderr } = await run(process.execPath, [script, String(percent)]);
  expect(stderr).toBe('');
  return (JSON.parse(stdout) as { readonly mostMb: number }).mostMb;
}

describe('the flag by which the relay limits the growth of its heap', () => {
  it('is known to this V8, while a process runs', async () => {
    const [tight, wide] = [await mostWith(40), await mostWith(200)];
    expect(tight).toBeLessThan(wide * 0.8);
  });
});
