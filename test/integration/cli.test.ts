import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json, text } from 'node:stream/consumers';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '../helpers/relay-process';
import { runCommand, runInProcess } from '../helpers/run-command';
import { freePort } from '../helpers/free-port';

describe('usage', () => {
  it.each([
    ['--version', runCommand],
    ['-V', runInProcess],
    ['-v', runInProcess],
    ['version', runInProcess],
  ])('prints the version for %s', async (word, run) => {
    expect(await run([word])).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+/),
      stderr: '',
    });
  });

  it.each([
    'sandbox',
    'serve',
    'check-config',
    'send',
    'devices list',
    'devices remove',
    'devices export',
    'devices import',
    'dead-letters list',
    'dead-letters replay',
    'dead-letters delete',
  ])('helps with %s, by example', async (command) => {
    const { code, stdout } = await runInProcess([...command.split(' '), '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`$ wukongim-push-relay ${command}`);
    expect(stdout).not.toContain('(default: "');
  });

  it.each([
    'check-config',
    'doctor',
    'demo',
    'sandbox',
    'send',
    'vapid-keys',
    'devices list',
    'devices remove',
    'devices import',
    'trace',
    'dead-letters list',
    'dead-letters replay',
    'dead-letters delete',
  ])('has JSON for programs: %s', async (command) => {
    expect((await runInProcess([...command.split(' '), '--help'])).stdout).toMatch(/^ +--json/m);
  });

  it('lists only commands that there are', async () => {
    const { stdout } = await runInProcess(['--help']);
    const commands = [...stdout.matchAll(/^ {2}([a-z-]+) .*/gm)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'help');
    expect(commands).toEqual(
      expect.arrayContaining(['serve', 'check-config', 'send', 'devices', 'dead-letters']),
    );
    for (const command of commands) expect((await runInProcess([command, '--help'])).code).toBe(0);
  });

  it.each([
    [[]],
    [['bogus']],
    [['bogus', '--help']],
    [['medic', '-h']],
    [['help', 'bogus']],
    [['devices', 'bogus', '--help']],
    [['dead-letters', 'bogus', '-h']],
    [['serve', '--bogus']],
    [['send']],
    [['devices']],
    [['devices', 'remove', 'alice']],
    [['dead-letters', 'delete']],
    [['dead-letters', 'replay']],
  ])('ends with 2 on %j and says so on the error output', async (args) => {
    const { code, stdout, stderr } = await runInProcess(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).not.toBe('');
  });
});

it.each([[['bogus']], [['check-config', '--config', '/nowhere']]])(
  'ends %j with the same code when nobody reads its errors',
  async (args) => {
    const main = join(__dirname, '../../dist/main.js');
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stderr.destroy();
    const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    expect([code, stdout]).toEqual([2, '']);
  },
);

describe('commands that ask a running relay', () => {
  const requests: {
    method: string;
    url: string;
    authorization: string | undefined;
    idempotencyKey: unknown;
    body: unknown;
  }[] = [];
  let answer: { status: number; body?: unknown };
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const { method = '', url = '', headers } = request;
      requests.push({
        method,
        url,
        authorization: headers.authorization,
        idempotencyKey: headers['idempotency-key'],
        body,
      });
      response.writeHead(answer.status, { 'content-type': 'application/json', connection: 'close' });
      response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
    });
  });
  let url: string;
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    requests.length = 0;
    answer = { status: 200, body: { items: [] } };
  });

  const ask = (args: readonly string[], env: Record<string, string> = {}) =>
    runInProcess(args, { env: { RELAY_URL: url, ...env } });

  it('sends a push with everything that was said', async () => {
    answer = { status: 202, body: { id: 'push-1' } };
    const args = [
      'send',
      'alice',
      'bob',
      '--title',
      'Hi',
      '--body',
      'there',
      '--data',
      'a=1',
      '--data',
      'b=x=y',
      '--ttl',
      '60',
    ];
    const { code, stdout } = await ask([...args, '--idempotency-key', 'k1', '--json'], {
      API_KEYS: 'first-key, second-key',
    });
    expect([code, JSON.parse(stdout)]).toEqual([0, { id: 'push-1' }]);
    expect(requests).toEqual([
      {
        method: 'POST',
        url: '/v1/push',
        authorization: 'Bearer first-key',
        idempotencyKey: 'k1',
        body: {
          uids: ['alice', 'bob'],
          notification: { title: 'Hi', body: 'there', data: { a: '1', b: 'x=y' } },
          ttl_seconds: 60,
        },
      },
    ]);
  });

  it('takes the API key from a file', async () => {
    const folder = await temporaryDirectory();
    await writeFile(join(folder, 'key'), 'key-of-file\n');
    await ask(['devices', 'list', 'a/b ü', '--api-key-file', join(folder, 'key')], {
      RELAY_API_KEY: 'other',
    });
    await rm(folder, { recursive: true });
    expect(requests[0]).toMatchObject({
      url: '/v1/users/a%2Fb%20%C3%BC/devices',
      authorization: 'Bearer key-of-file',
    });
  });

  it('prints lists as a table, or as JSON', async () => {
    answer = {
      status: 200,
      body: { items: [{ device_id: 'phone', provider: 'apns', token: '…12345678' }], next_cursor: 'c2' },
    };
    const table = await ask(['devices', 'list', 'alice']);
    expect(table.stdout).toMatch(/^DEVICE_ID +PROVIDER .*\nphone +apns .*…12345678.*\n$/);
    expect(table.stderr).toBe('There are more: --cursor c2\n');
    expect(JSON.parse((await ask(['devices', 'list', 'alice', '--json'])).stdout)).toEqual(answer.body);
  });

  it.each([
    ['devices', 'alice', 'The user has no devices.\n'],
    ['dead-letters', undefined, 'There are no dead letters.\n'],
  ])('says of %s that there are none', async (command, uid, line) => {
    answer = { status: 200, body: { items: [] } };
    const { code, stderr } = await ask([command, 'list', ...(uid === undefined ? [] : [uid])]);
    expect([code, stderr]).toEqual([0, line]);
  });

  it('removes devices and works on dead letters', async () => {
    answer = { status: 204 };
    expect((await ask(['devices', 'remove', 'alice', 'phone 1'])).stdout).toBe('1 device removed\n');
    answer = { status: 200, body: { items: [{ device_id: 'phone' }, { device_id: 'pad' }] } };
    expect((await ask(['devices', 'remove', 'alice', '--all', '--json'])).stdout).toBe(
      '{\n  "removed": 2\n}\n',
    );
    answer = {
      status: 200,
      body: { replayed: 1, skipped: 0, skipped_reasons: {}, remaining: 3, removed: 1 },
    };
    await ask(['dead-letters', 'list', '--limit', '5', '--include-body']);
    await ask(['dead-letters', 'replay', 'x', 'y', '--max-message-age', '60']);
    expect((await ask(['dead-letters', 'replay', '--all'])).stdout).toBe(
      '1 dead letter replayed, 0 skipped, 3 left\n',
    );
    await ask(['dead-letters', 'delete', '--before', '2026-01-31T00:00:00+08:00']);
    expect((await ask(['dead-letters', 'delete', '--all'])).stdout).toBe('1 dead letter deleted\n');
    expect(requests.map(({ method, url: path, body }) => [method, path, body])).toEqual([
      ['GET', '/v1/users/alice/devices/phone%201', null],
      ['DELETE', '/v1/users/alice/devices/phone%201', null],
      ['GET', '/v1/users/alice/devices?limit=1000', null],
      ['DELETE', '/v1/users/alice/devices', null],
      ['GET', '/v1/dead-letters?limit=5&include=body', null],
      ['POST', '/v1/dead-letters/replay', { ids: ['x', 'y'], max_message_age_seconds: 60 }],
      ['POST', '/v1/dead-letters/replay', { all: true }],
      ['DELETE', '/v1/dead-letters?before=2026-01-30T16%3A00%3A00.000Z', null],
      ['DELETE', '/v1/dead-letters?all=true', null],
    ]);
  });

  it('shows what the relay says against it, and ends with 1', async () => {
    answer = {
      status: 400,
      body: {
        title: 'Bad',
        code: 'invalid_request',
        detail: 'No.',
        errors: [{ path: 'uids', message: 'must be' }],
      },
    };
    expect(await ask(['send', 'alice'])).toEqual({
      code: 1,
      stdout: '',
      stderr: '400 invalid_request: No.\n  uids: must be\n',
    });
    const detail = 'uids: must be';
    answer = {
      status: 400,
      body: { code: 'invalid_request', title: 'Bad', detail, errors: [{ path: 'uids', message: 'must be' }] },
    };
    // Once, though the answer has it twice.
    expect((await ask(['send', 'alice'])).stderr).toBe('400 invalid_request: uids: must be\n');
    answer = { status: 401, body: { title: 'A valid API key is needed', code: 'unauthenticated' } };
    expect((await ask(['send', 'alice'])).stderr).toContain('an API key comes from RELAY_API_KEY');
    answer = { status: 502, body: 'a proxy' };
    expect((await ask(['send', 'alice'])).stderr).toContain('answered 502, but not as a relay does');
  });

  it('says that nothing is there, and what is wrong with the options', async () => {
    const port = await freePort();
    const none = await runCommand(['devices', 'list', 'a', '--url', `http://127.0.0.1:${port}`]);
    expect([none.code, none.stderr]).toEqual([
      1,
      `http://127.0.0.1:${port} cannot be reached: connection refused (ECONNREFUSED)\n` +
        '  the address of the relay comes from --url or RELAY_URL. Is the relay running?\n',
    ]);
    expect((await ask(['devices', 'list', 'a', '--url', 'relay'])).code).toBe(2);
    expect((await ask(['devices', 'list', 'a', '--timeout', 'x'])).code).toBe(2);
  });

  it.each([
    ['/nowhere', 'there is no such file'],
    ['/tmp', 'this is a folder, and a file is expected'],
    ['/dev/null', 'the file is empty'],
  ])('says why %s holds no API key', async (file, expected) => {
    expect(await ask(['devices', 'list', 'a', '--api-key-file', file])).toEqual({
      code: 2,
      stdout: '',
      stderr: `--api-key-file ${file}: ${expected}\n`,
    });
  });

  it.each([
    ['devices', 'list', ''],
    ['devices', 'remove', 'alice', ''],
    ['devices', 'remove', 'alice', '..'],
    ['devices', 'remove', '.', 'phone-1'],
    ['trace', ''],
  ])('sends nothing for an id that would be another path: %j', async (...args) => {
    const before = requests.length;
    const { code, stderr } = await ask(args);
    expect([code, requests.length - before]).toEqual([2, 0]);
    expect(stderr).toMatch(/Expected an id, but it is empty|The ids \. and \.\. cannot be/);
  });

  it('tells plain HTTP from TLS', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, stderr } = await runCommand(['devices', 'list', 'a', '--url', url]);
    server.close();
    expect([code, stderr]).toEqual([1, expect.stringMatching(/cannot be reached: peer does not speak TLS/)]);
  });
});

async function readBody(request: IncomingMessage): Promise<unknown> {
  return request.headers['content-type'] === 'application/json' ? json(request) : null;
}

describe('serve', () => {
  it('ends with 2 on a wrong configuration, and listens on nothing', async () => {
    const { code, stdout, stderr } = await runCommand(['serve'], { env: { PORT: 'http' } });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('server.port (PORT): expected a whole number from 0 to 65535, got "http"');
  });
});
