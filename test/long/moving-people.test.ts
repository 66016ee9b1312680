import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWithRedis, RedisServer } from '../helpers/redis-server';
import { temporaryDirectory } from '../helpers/relay-process';
import { runCommand } from '../helpers/run-command';

const strange = 'ü {1} %2f:@"a b"';
const header = { format: 'wukongim-push-relay/devices', version: 1 };
const toLine = (value: object): string => `${JSON.stringify(value)}\n`;
const quietHours = {
  start: '22:00',
  end: '07:00',
  timezone: 'Asia/Shanghai',
  days: [1, 7],
  allow_calls: true,
  allow_mentions: false,
};
const ofCarol = { locale: 'zh-CN', preview: 'sender', muted_until: '2999-01-01T00:00:00.000Z' };
const people = [
  { kind: 'user', uid: 'carol', name: 'Carol', avatar_url: 'https://img.example/c.png' },
  { kind: 'user', uid: strange, name: 'Strange', avatar_url: null },
  { kind: 'channel', channel_type: 2, channel_id: strange, name: 'Team', avatar_url: null },
  { kind: 'alias', uid: 'carol', peer_uid: strange, name: 'Ally' },
  { kind: 'alias', uid: strange, peer_uid: 'carol', name: 'Caz' },
  { kind: 'member', channel_type: 2, channel_id: strange, uid: 'carol', name: 'Captain' },
  { kind: 'preferences', uid: 'carol', ...ofCarol, silence_while_online: null, quiet_hours: quietHours },
  { kind: 'mute', uid: 'carol', channel_type: 2, channel_id: strange, until: null, allow_mentions: true },
  {
    kind: 'mute',
    uid: strange,
    channel_type: 1,
    channel_id: 'alice',
    until: '2999-01-01T00:00:00.000Z',
    allow_mentions: false,
  },
  { kind: 'badge', uid: 'carol', app: 'default', count: 3, conversations: { 'aBcDeFgHiJkLm_-0': 2 } },
  { kind: 'badge', uid: strange, app: 'second', count: 0 },
];

/** All that is kept about people, moved from the embedded store to Redis and back. */
describeWithRedis('names, aliases, preferences, mutes and badges', () => {
  it('are the same after a move to Redis and back', async () => {
    const server = await RedisServer.start();
    const folder = await temporaryDirectory();
    const [before, after] = [await temporaryDirectory(), await temporaryDirectory()];
    const start = join(folder, 'start.ndjson');
    await writeFile(start, [header, ...people, { end: true, count: people.length }].map(toLine).join(''));
    const run = async (args: readonly string[], store: Record<string, string>): Promise<string> => {
      const { code, stdout, stderr } = await runCommand(args, { env: { PROVIDERS: 'sandbox', ...store } });
      expect([code, stderr]).toEqual([0, expect.any(String)]);
      return stdout;
    };
    const [first, second, third] = ['1', '2', '3'].map((name) => join(folder, `${name}.ndjson`)) as [
      string,
      string,
      string,
    ];
    await run(['devices', 'import', '--file', start], { DATA_DIR: before });
    await run(['devices', 'export', '--file', first], { DATA_DIR: before });
    const redis = { REDIS_URL: server.url, DATA_DIR: folder };
    expect(await run(['devices', 'import', '--file', first], redis)).toContain(
      '11 names, preferences, mutes and badges read: 11 imported, 0 already up to date',
    );
    expect(await run(['devices', 'import', '--file', first], redis)).toContain(
      '0 imported, 11 already up to date',
    );
    await run(['devices', 'export', '--file', second], redis);
    await run(['devices', 'import', '--file', second], { DATA_DIR: after });
    await run(['devices', 'export', '--file', third], { DATA_DIR: after });
    const lines = async (file: string): Promise<readonly string[]> =>
      (await readFile(file, 'utf8')).split('\n').slice(1).sort();
    expect(await lines(first)).toEqual(await lines(start));
    expect(await lines(second)).toEqual(await lines(first));
    expect(await lines(third)).toEqual(await lines(first));
    await server.stop();
  });

  it('are refused line by line where they are wrong', async () => {
    const folder = await temporaryDirectory();
    const file = join(folder, 'wrong.ndjson');
    const wrong = [
      { kind: 'user', uid: 'alice' },
      { kind: 'user', uid: '', name: 'A' },
      { kind: 'channel', channel_type: 256, channel_id: 'a', name: 'A' },
      { kind: 'alias', uid: 'alice', name: 'A' },
      { kind: 'preferences', uid: 'alice', preview: 'some' },
      { kind: 'mute', uid: 'alice', channel_type: 2, channel_id: 'a', until: 'later' },
      { kind: 'badge', uid: 'alice', app: 'default', count: -1 },
      { kind: 'badge', uid: 'alice', count: 1 },
      { kind: 'badge', uid: 'alice', app: 'default', count: 1, conversations: { team: 1 } },
      { kind: 'secret', uid: 'alice' },
    ];
    const good = { kind: 'user', uid: 'alice', name: 'Alice' };
    await writeFile(
      file,
      [header, ...wrong, good, { end: true, count: wrong.length + 1 }].map(toLine).join(''),
    );
    const { code, stdout, stderr } = await runCommand(['devices', 'import', '--file', file], {
      env: { DATA_DIR: folder, PROVIDERS: 'sandbox' },
    });
    expect(code).toBe(1);
    for (const [index] of wrong.entries()) expect(stderr).toContain(`line ${index + 2}: `);
    expect(stdout).toContain('1 names, preferences, mutes and badges read: 1 imported');
  });
});
