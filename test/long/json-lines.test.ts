import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { api, closeConnections } from '../helpers/client';
import { RelayProcess, temporaryDirectory } from '../helpers/relay-process';
import { readEnvironmentFile } from '../helpers/environment-file';
import { runCommand, spawnCommand } from '../helpers/run-command';

interface Line {
  readonly type: string;
  readonly [field: string]: unknown;
}

const linesOf = (output: string): Line[] =>
  output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

afterAll(() => closeConnections());

it('demo --json prints each notification, and what came of all', async () => {
  const { code, stdout } = await runCommand(['demo', '--once', '--json']);
  expect(code).toBe(0);
  const lines = linesOf(stdout);
  expect(lines[0]).toMatchObject({ type: 'started', url: expect.stringMatching(/^http:/), phones: 604 });
  expect(lines[1]).toMatchObject({ type: 'scene', number: 1 });
  const notifications = lines.filter(({ type }) => type === 'notification');
  expect(notifications[0]).toEqual({
    type: 'notification',
    at: expect.stringMatching(/^\d{4}-.*Z$/),
    uid: 'carol',
    device_id: expect.stringMatching(/^(iPhone|Android)$/),
    provider: expect.stringMatching(/^(apns|fcm)$/),
    message_id: expect.stringMatching(/^\d+$/),
    title: expect.any(String),
    body: 'Hello Carol, are you there?',
  });
  expect(lines.at(-1)).toEqual({
    type: 'summary',
    ok: true,
    accepted: notifications.length,
    recipients: expect.objectContaining({ pushed: expect.any(Number) }),
    latency_ms: { p50: expect.any(Number), p99: expect.any(Number) },
    missing: [],
    surplus: [],
  });
});

it('sandbox --json prints each push that is accepted or refused, and what came of all', async () => {
  const folder = await temporaryDirectory();
  const sandbox = await spawnCommand(
    ['sandbox', '--json', '--dir', folder, '--control-port', '0'],
    /"started"/,
  );
  const [start] = linesOf(sandbox.output);
  expect(start).toEqual({
    type: 'started',
    environment_file: join(folder, 'relay.env'),
    control_url: expect.stringMatching(/^http:/),
  });
  const relay = await RelayProcess.start({ env: await readEnvironmentFile(join(folder, 'relay.env')) });
  const register = (uid: string, device: object) =>
    api(relay.url, 'PUT', `/users/${uid}/devices/phone`, device);
  await register('alice', { provider: 'apns', token: 'ab'.repeat(32) });
  await register('bob', { provider: 'xiaomi', token: 'token-of-bob-12345678' });
  await fetch(`${String(start?.control_url)}/script`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ provider: 'xiaomi', devices: { 'token-of-bob-12345678': { kind: 'dead' } } }),
  });
  for (const uid of ['alice', 'bob']) await api(relay.url, 'POST', `/users/${uid}/test-push`);
  await sandbox.printed(/"accepted"/);
  await sandbox.printed(/"refused"/);
  expect(await relay.stop()).toBe(0);
  expect(await sandbox.stop()).toBe(0);
  const lines = linesOf(sandbox.output);
  expect(lines.find(({ type }) => type === 'accepted')).toMatchObject({
    provider: 'apns',
    environment: 'production',
    push_type: 'alert',
    token: '…abababab',
    message: { aps: { alert: expect.anything() } },
  });
  expect(lines.find(({ type }) => type === 'refused')).toEqual({
    type: 'refused',
    provider: 'xiaomi',
    token: '…12345678',
    status: 200,
    reason: expect.any(String),
    detail: expect.any(String),
  });
  expect(lines.at(-1)).toMatchObject({ type: 'stopped', accepted: { apns: 1, xiaomi: 0, webpush: 0 } });
  await rm(folder, { recursive: true });
});
