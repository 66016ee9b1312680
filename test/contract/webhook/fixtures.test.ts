import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebhookServer } from './webhook-server';

interface Fixture {
  readonly note: string;
  readonly event: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const root = join(__dirname, '../../fixtures/wukongim');

function load(name: string): Fixture {
  return JSON.parse(readFileSync(join(root, `${name}.json`), 'utf8')) as Fixture;
}

/** What the README's table says of each fixture: uids, statuses, a count of messages or uids, or gzip. */
function catalogue(): { name: string; event: string; said: string }[] {
  let dialect = '';
  const rows: { name: string; event: string; said: string }[] = [];
  for (const line of readFileSync(join(root, 'README.md'), 'utf8').split('\n')) {
    const heading = /^## (v2|main)/.exec(line);
    if (heading) dialect = heading[1] ?? '';
    const row = /^\| `([^`]+)` \| (\S+) \| (.*?) \| .* \|$/.exec(line);
    if (row && dialect !== '')
      rows.push({ name: `${dialect}/${row[1]}`, event: row[2] ?? '', said: row[3] ?? '' });
  }
  return rows;
}

const rows = catalogue();

describe('recorded WuKongIM requests', () => {
  let server: WebhookServer;
  beforeEach(async () => (server = await new WebhookServer().start()));
  afterEach(() => server.close());

  const replay = (fixture: Fixture) => server.post(fixture.url, fixture.body, fixture.headers);

  it('has a row in the catalogue for every file', () => {
    const files = ['v2', 'main'].flatMap((dialect) =>
      readdirSync(join(root, dialect)).map((file) => `${dialect}/${file.replace('.json', '')}`),
    );
    expect(rows.map((row) => row.name).sort()).toEqual(files.sort());
  });

  it.each(rows)('$name answers 200 and yields $said', async ({ name, event, said }) => {
    const fixture = load(name);
    const answer = await replay(fixture);
    expect([answer.status, answer.body, answer.headers['content-length']]).toEqual([200, '', '0']);
    expect(fixture.event).toBe(event);
    const uids = server.appended.flatMap((entry) => entry.recipients.flat());
    if (event === 'msg.offline') {
      const count = /^(\d+) uids$/.exec(said)?.[1];
      if (said.startsWith('[')) expect(uids).toEqual(said.slice(1, -1).split(', '));
      else if (count !== undefined) expect(uids).toHaveLength(Number(count));
      else expect(said).toBe('gzip');
      const sent = JSON.parse(fixture.body) as Record<string, unknown>;
      for (const message of server.messages) {
        expect(message).toEqual({
          messageId: sent['message_idstr'],
          messageSeq: sent['message_seq'],
          clientMsgNo: sent['client_msg_no'],
          fromUid: sent['from_uid'],
          channelId: sent['channel_id'],
          channelType: sent['channel_type'],
          topic: sent['topic'] ?? '',
          setting: sent['setting'],
          noPersist: (sent['header'] as { no_persist: number }).no_persist === 1,
          redDot: (sent['header'] as { red_dot: number }).red_dot === 1 || sent['source_id'] === undefined,
          syncOnce: (sent['header'] as { sync_once: number }).sync_once === 1,
          expireSeconds: sent['expire'],
          timestampSeconds: sent['timestamp'],
          payload: sent['payload'],
        });
      }
      expect(server.appended.every((entry) => entry.lane === (uids.length > 20 ? 'bulk' : 'direct'))).toBe(
        true,
      );
    } else if (event === 'user.onlinestatus') {
      const items = server.changes.map((change) => change);
      expect(items).toEqual(
        said.split(', ').map((text) => {
          const [uid, flag, online, , connections, total] = text.split('-');
          return {
            uid,
            deviceFlag: Number(flag),
            online: online === '1',
            connections: Number(connections),
            total: Number(total),
          };
        }),
      );
    } else {
      expect(await server.metric('relay_webhook_notify_messages_total')).toBe(parseInt(said, 10));
      expect(server.appended).toEqual([]);
    }
    expect(server.letters).toEqual([]);
  });

  it('takes 512 uids out of a whole gzip stream, sender among them, and loses none', async () => {
    await replay(load('main/group-600'));
    expect(server.appended.map((entry) => entry.recipients.map((group) => group.length))).toEqual([
      [500, 12],
    ]);
    expect(server.appended[0]?.recipients.flat()).toContain('outside');
    expect(await server.metric('relay_events_lost_total')).toBe(0);
  });

  it('counts a loss when nothing is behind the gzip header', async () => {
    await replay(load('v2/group-gzip-header-only'));
    expect(server.appended).toEqual([]);
    expect(await server.metric('relay_events_lost_total', { cause: 'gzip_truncated' })).toBe(1);
    expect(server.lines.filter((line) => line.level === 'error')).toHaveLength(1);
  });

  it('salvages the complete uids of a cut gzip stream and counts the loss', async () => {
    await replay(load('v2/group-gzip-truncated-10000'));
    const uids = server.appended.flatMap((entry) => entry.recipients.flat());
    expect(uids.length).toBeGreaterThan(8_000);
    expect(new Set(uids).size).toBe(uids.length);
    // The stream breaks off behind `"user3582","user3`.
    expect(uids.every((uid) => /^user\d+$/.test(uid) && Number(uid.slice(4)) <= 10_000)).toBe(true);
    expect(uids.at(-1)).toBe('user3582');
    expect(uids.slice(0, 2)).toEqual(['user9100', 'user9101']);
    expect(Math.max(...(server.appended[0]?.recipients ?? []).map((group) => group.length))).toBe(500);
    expect(await server.metric('relay_events_lost_total', { cause: 'gzip_truncated' })).toBe(1);
    expect(
      await server.metric('relay_webhook_requests_total', { event: 'msg.offline', result: 'salvaged' }),
    ).toBe(1);
  });

  it.each([
    ['v2/url-path-secret', 's3cret'],
    ['main/url-path-secret', 's3cret'],
    ['v2/url-query-secret', 'abc'],
    ['main/url-query-secret', 'abc'],
    ['v2/url-basic-userinfo', 'p'],
    ['main/url-basic-userinfo', 'p'],
  ])('%s authenticates', async (name, secret) => {
    const guarded = await new WebhookServer({ secrets: ['other', secret] }).start();
    const fixture = load(name);
    const answer = await guarded.post(fixture.url, fixture.body, fixture.headers);
    const stranger = await guarded.post('/webhook?event=msg.offline', fixture.body);
    await guarded.close();
    expect([answer.status, guarded.appended.length, stranger.status]).toEqual([200, 1, 401]);
  });
});
