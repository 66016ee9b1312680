import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBoundedFile } from './bounded-file';
import { maxFileBytes, readText } from './read-file';

describe('a file that is read with a bound', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bounded-'));
  const at = (name: string) => join(folder, name);
  const text = (path: string) => readText(path, { isBinary: false, mayBeEmpty: false }, readBoundedFile);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is read as it is', () => {
    writeFileSync(at('secret'), 'hunter2\n');
    expect(readBoundedFile(at('secret')).toString()).toBe('hunter2\n');
    writeFileSync(at('most'), Buffer.alloc(maxFileBytes, 'a'));
    expect(readBoundedFile(at('most'))).toHaveLength(maxFileBytes);
  });

  it('ends, whatever has no end', () => {
    expect(text('/dev/zero')).toMatchObject({ ok: false, message: expect.stringContaining('at most 1 MiB') });
    expect(text('/dev/null')).toEqual({ ok: false, message: 'the file is empty' });
  });

  it('does not wait for a pipe that nobody writes to', () => {
    execFileSync('mkfifo', [at('dry')]);
    expect(text(at('dry'))).toEqual({ ok: false, message: 'the file is empty' });
  });
});
