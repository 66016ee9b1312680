import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inheritedEnvironment } from '../helpers/inherited-environment';
import { temporaryDirectory } from '../helpers/relay-process';

const main = join(__dirname, '../../dist/main.js');
const escapes = /\u001b/;

describe('on a terminal', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await temporaryDirectory();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** What a command prints on a terminal of its own, which util-linux's `script` makes. Ctrl-C ends it once it listens. */
  async function printed(words: string, env: Readonly<Record<string, string>>): Promise<string> {
    const command = `exec "${process.execPath}" "${main}" ${words}`;
    const child = spawn('script', ['--quiet', '--flush', '--return', '--command', command, '/dev/null'], {
      env: {
        ...inheritedEnvironment(),
        TERM: 'xterm-256color',
        HOST: '127.0.0.1',
        PORT: '0',
        DATA_DIR: join(folder, 'data'),
        PROVIDERS: 'sandbox',
        ...env,
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (!text.includes('the relay is listening') && (text + chunk).includes('the relay is listening'))
        child.stdin.write('\u0003');
      text += chunk;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    expect({ code, text }).toMatchObject({ code: 0 });
    return text;
  }

  it('the log is text, in color', async () => {
    const text = await printed('serve', {});
    expect(text).toMatch(/INFO.*the relay has stopped/);
    expect(text).toMatch(escapes);
  });

  it.each([
    { TERM: 'dumb' },
    { TERM: 'dumb', CI: 'true' },
    { NO_COLOR: '1' },
    { NO_COLOR: '1', FORCE_COLOR: '1' },
    { FORCE_COLOR: '0' },
    { NODE_DISABLE_COLORS: '1' },
  ])('the log has no colors with %j', async (env) => {
    const text = await printed('serve', env);
    expect(text).toMatch(/INFO.*the relay has stopped/);
    expect(text).not.toMatch(escapes);
  });

  it('an import draws its bar, with NO_COLOR too, but not where the cursor cannot be moved', async () => {
    const lines = [
      { format: 'wukongim-push-relay/devices', version: 1 },
      {
        uid: 'carol',
        device_id: 'phone',
        app: 'default',
        provider: 'apns',
        token: 'ab'.repeat(32),
        registered_at: '2026-01-01T00:00:00Z',
      },
      { end: true, count: 1 },
    ];
    const file = join(folder, 'devices.ndjson');
    await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const words = `devices import --file "${file}"`;
    expect(await printed(words, { NO_COLOR: '1' })).toMatch(escapes);
    const text = await printed(words, { TERM: 'dumb' });
    expect(text).toContain('1 devices read');
    expect(text).not.toMatch(escapes);
  });
});
