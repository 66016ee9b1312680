import { createHash } from 'node:crypto';
import type { ApnsPush } from '../../src/sandbox/apns/fake-apns';
import { hang, reply } from '../../src/sandbox/answer';
import {
  api,
  apnsToken,
  closeConnections,
  eventually,
  messageBody,
  metric,
  postEvent,
  postMessage,
} from '../helpers/client';
import { registerApns, registerFcm, type MessageFields } from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';
import { withPhoneEach } from '../helpers/phone-each';
import { describeWithRedis, RedisServer } from '../helpers/redis-server';
import { temporaryDirectory, type RelayProcess } from '../helpers/relay-process';

const fastRetries = `
delivery:
  skip: { no_red_dot: false }
  retry: { unavailable: { apns_floor_seconds: 1, base_seconds: 0.5 } }
`;
/** What a killed relay had claimed comes back soon. A slow machine may then repeat pushes, so the other tests have none of it. */
const shortClaims = `
providers: { apns: { timeout_seconds: 1 }, fcm: { timeout_seconds: 1 } }
delivery: { claim_seconds: 2, renewal_seconds: 0.5 }
`;

function badgeOf(push: ApnsPush | undefined): unknown {
  return (push?.payload as { aps: { badge?: number } } | undefined)?.aps.badge;
}

const ofRelay = (payload: unknown) => (payload as { readonly wukongim: object }).wukongim;

/** Without the red dot, the sender wants it counted nowhere. */
function postUncounted(url: string, fields: MessageFields): Promise<unknown> {
  return postEvent(url, 'msg.offline', messageBody(fields).replace('"red_dot":1', '"red_dot":0'));
}

describeOnEachStore('badges that the relay counts', (store) => {
  let fakes: Fakes;
  let relay: RelayProcess;
  let uid = '';
  withPhoneEach(
    {
      relay: () => ({
        env: store.env(),
        yaml: `${fastRetries}\nbadge: { mode: count, reset_on_online: true }\ncontent: { clear_on_read: true }\n`,
      }),
      name: 'reader',
    },
    (scene) => ({ fakes, relay, uid } = scene),
  );

  const badge = async () => (await api(relay.url, 'GET', `/users/${uid}/badge`)).body.count as number | null;

  it('go up by one a message, and by none without a red dot', async () => {
    expect(await badge()).toBeNull();
    await postMessage(relay.url, { to: [uid], messageSeq: 1 });
    await fakes.sandbox.apns.waitForAccepted(1);
    await postUncounted(relay.url, { to: [uid], messageSeq: 2 });
    await fakes.sandbox.apns.waitForAccepted(2);
    await postMessage(relay.url, { to: [uid], messageSeq: 3 });
    const pushes = await fakes.sandbox.apns.waitForAccepted(3);
    expect(pushes.map(badgeOf)).toEqual([1, 1, 2]);
    expect(await badge()).toBe(2);
  });

  it('are those of Android, too', async () => {
    await registerFcm(relay.url, uid);
    await postMessage(relay.url, { to: [uid] });
    const [push] = await fakes.sandbox.fcm.waitForAccepted(1);
    expect(push?.message).toMatchObject({ android: { notification: { notification_count: 1 } } });
    expect(badgeOf((await fakes.sandbox.apns.waitForAccepted(1))[0])).toBe(1);
  });

  it('stay as they are at a retry', async () => {
    fakes.sandbox.apns.script({ times: 1, answer: reply(503, 'Shutdown') });
    await postMessage(relay.url, { to: [uid] });
    const [push] = await fakes.sandbox.apns.waitForAccepted(1);
    expect([badgeOf(push), await badge()]).toEqual([1, 1]);
  });

  it('are set by the app server and counted on', async () => {
    const put = await api(relay.url, 'PUT', `/users/${uid}/badge`, { count: 41 });
    expect([put.status, put.body]).toEqual([200, { app: 'default', count: 41 }]);
    await postMessage(relay.url, { to: [uid] });
    expect(badgeOf((await fakes.sandbox.apns.waitForAccepted(1))[0])).toBe(42);
  });

  it('fall when a conversation is read up to a sequence, which phones are told silently', async () => {
    for (const messageSeq of [5, 6, 7])
      await postMessage(relay.url, { to: [uid], channelType: 2, channelId: 'team', messageSeq });
    await postMessage(relay.url, { to: [uid], messageSeq: 1 });
    await fakes.sandbox.apns.waitForAccepted(4);
    const read = (body: object) =>
      api(relay.url, 'POST', `/users/${uid}/read`, { channel_type: 2, channel_id: 'team', ...body });
    expect((await read({ up_to_seq: 6 })).status).toBe(204);
    expect(await badge()).toBe(2);
    const push = await fakes.sandbox.apns.waitForAccepted(({ payload }) => 'kind' in ofRelay(payload));
    expect(push.payload).toEqual({
      aps: { badge: 2, 'content-available': 1 },
      wukongim: { kind: 'read', channel_id: 'team', channel_type: 2, up_to_seq: 6 },
    });
    expect(push.headers).toMatchObject({ 'apns-priority': '5' });
    await read({});
    expect(await badge()).toBe(1);
  });

  it('come with no message that was read while it waited', async () => {
    const waiting = /unread|read elsewhere/;
    fakes.sandbox.apns.script(({ body }) => (waiting.test(body.toString()) ? reply(503, 'Shutdown') : null));
    const waits = (count: number) =>
      eventually(
        () => metric(relay.url, 'relay_retries_pending'),
        (pending) => pending === count,
      );
    const group = { to: [uid], channelType: 2, channelId: 'team' };
    await postMessage(relay.url, {
      ...group,
      messageSeq: 6,
      payload: { type: 1, content: 'read elsewhere' },
    });
    await postMessage(relay.url, { ...group, messageSeq: 7, payload: { type: 1, content: 'unread' } });
    await postMessage(relay.url, { to: [uid], messageSeq: 6, payload: { type: 1, content: 'unread' } });
    await waits(3);
    await api(relay.url, 'POST', `/users/${uid}/read`, {
      channel_type: 2,
      channel_id: 'team',
      up_to_seq: 6,
    });
    await waits(2);
    fakes.sandbox.apns.clearScript();
    await waits(0);
    const shown = fakes.sandbox.apns.accepted.map(({ payload }) => JSON.stringify(payload));
    expect(shown.filter((text) => text.includes('unread'))).toHaveLength(2);
    expect(shown.join()).not.toContain('read elsewhere');
    expect(await badge()).toBe(2);
  });

  it.each([
    ['a lower sequence that is told later', [{ up_to_seq: 6 }, { up_to_seq: 5 }], 1],
    ['no sequence', [{}], 2],
    ['a sequence that is told after all was read', [{}, { up_to_seq: 5 }], 2],
  ])('come with no message of two people that was read while it waited: %s', async (_, reports, dropped) => {
    fakes.sandbox.apns.script(({ body }) =>
      body.toString().includes('that waits') ? reply(503, 'Shutdown') : null,
    );
    const waiting = () => metric(relay.url, 'relay_retries_pending');
    for (const messageSeq of [6, 7])
      await postMessage(relay.url, {
        to: [uid],
        messageSeq,
        payload: { type: 1, content: `${messageSeq} that waits` },
      });
    await eventually(waiting, (pending) => pending === 2);
    for (const report of reports)
      await api(relay.url, 'POST', `/users/${uid}/read`, { channel_type: 1, channel_id: 'alice', ...report });
    await eventually(waiting, (pending) => pending === 2 - dropped);
    fakes.sandbox.apns.clearScript();
    await eventually(waiting, (pending) => pending === 0);
    const shown = JSON.stringify(fakes.sandbox.apns.accepted.map(({ payload }) => payload));
    expect([6, 7].filter((seq) => shown.includes(`${seq} that waits`))).toEqual(dropped === 2 ? [] : [7]);
  });

  it('tell an Android app the number beside what was read', async () => {
    await registerFcm(relay.url, uid);
    await postMessage(relay.url, { to: [uid] });
    await fakes.sandbox.fcm.waitForAccepted(1);
    await api(relay.url, 'POST', `/users/${uid}/read`, { channel_type: 1, channel_id: 'alice' });
    const [, push] = await fakes.sandbox.fcm.waitForAccepted(2);
    expect(push?.message).toMatchObject({
      data: { kind: 'read', channel_id: 'alice', channel_type: '1', badge: '0' },
      android: { priority: 'NORMAL' },
    });
    expect(push?.message).not.toHaveProperty('notification');
  });

  it('name no conversation to phones that may show none', async () => {
    await api(relay.url, 'PUT', `/users/${uid}/preferences`, { preview: 'none' });
    await api(relay.url, 'POST', `/users/${uid}/read`, { channel_type: 2, channel_id: 'team' });
    const push = await fakes.sandbox.apns.waitForAccepted(
      ({ payload }) => 'conversation_hash' in ofRelay(payload),
    );
    const digest = createHash('sha256').update('2:team').digest();
    expect(ofRelay(push.payload)).toEqual({
      kind: 'read',
      conversation_hash: digest.subarray(0, 16).toString('base64url'),
      channel_type: 2,
    });
    expect(JSON.stringify(push.headers)).not.toContain('team');
  });

  it('are 0 again when the app comes online, and not when a browser does', async () => {
    await postMessage(relay.url, { to: [uid] });
    await fakes.sandbox.apns.waitForAccepted(1);
    await postEvent(relay.url, 'user.onlinestatus', JSON.stringify([`${uid}-1-1-7-1-1`]));
    expect(await badge()).toBe(1);
    await postEvent(relay.url, 'user.onlinestatus', JSON.stringify([`${uid}-0-1-8-1-2`]));
    expect(await eventually(badge, (count) => count === 0)).toBe(0);
  });

  it('fall by a message that is taken back, once, and not by one that was read', async () => {
    const team = { channelType: 2, channelId: 'team' };
    const ids = ['4400000000000000001', '4400000000000000002'];
    const recall = (messageId: string | undefined) =>
      postMessage(relay.url, { to: [uid], ...team, payload: { type: 1006, message_id: messageId } });
    // By what it is, not by how many there are: a push of the test before may still come.
    const recalled = (messageId: string | undefined) =>
      fakes.sandbox.apns.waitForAccepted(({ headers, payload }) => {
        const { kind } = ofRelay(payload) as { readonly kind?: string };
        return kind === 'recall' && headers['apns-collapse-id'] === messageId;
      });
    for (const [index, messageId] of ids.entries())
      await postMessage(relay.url, { to: [uid], ...team, messageId, messageSeq: index + 1 });
    await postMessage(relay.url, { to: [uid], messageSeq: 1 });
    await eventually(badge, (count) => count === 3);
    await recall(ids[1]);
    expect([badgeOf(await recalled(ids[1])), await badge()]).toEqual([2, 2]);
    await recall(ids[1]);
    await api(relay.url, 'POST', `/users/${uid}/read`, { channel_type: 2, channel_id: 'team', up_to_seq: 2 });
    await recall(ids[0]);
    await recalled(ids[0]);
    expect(await badge()).toBe(1);
  });

  it('leave with the user', async () => {
    await api(relay.url, 'PUT', `/users/${uid}/badge`, { count: 3 });
    await api(relay.url, 'DELETE', `/users/${uid}`);
    expect(await badge()).toBeNull();
  });
});

describeOnEachStore('notifications of a conversation that replace one another', (store) => {
  let fakes: Fakes;
  let relay: RelayProcess;
  let uid = '';
  const content = 'badge: { mode: count }\ncontent: { collapse: conversation }\n';
  withPhoneEach(
    {
      relay: () => ({ env: store.env(), yaml: `${fastRetries}\n${content}` }),
      name: 'chatter',
      prepare: async (started) => {
        await api(started.url, 'PUT', '/users/alice/profile', { name: 'Alice' });
      },
    },
    (scene) => ({ fakes, relay, uid } = scene),
  );

  const bodyOfPush = (push: ApnsPush | undefined) =>
    (push?.payload as { aps: { alert: { body: string } } } | undefined)?.aps.alert.body;
  /** What the phone shows once the message is there. */
  const receive = async (content: string, fields: Partial<MessageFields> = {}) => {
    const before = fakes.sandbox.apns.accepted.length;
    await postMessage(relay.url, { to: [uid], payload: { type: 1, content }, ...fields });
    return bodyOfPush((await fakes.sandbox.apns.waitForAccepted(before + 1)).at(-1));
  };
  const read = (body: object) =>
    api(relay.url, 'POST', `/users/${uid}/read`, { channel_type: 1, channel_id: 'alice', ...body });

  it('say how many are unread of their conversation, in the language of the phone, until they are read', async () => {
    expect(await receive('one', { messageSeq: 1 })).toBe('one');
    expect(await receive('two', { messageSeq: 2 })).toBe('2 new messages · two');
    expect(await receive('hello', { messageSeq: 1, channelType: 2, channelId: 'team' })).toBe('Alice: hello');
    expect(await receive('three', { messageSeq: 3 })).toBe('3 new messages · three');
    await api(relay.url, 'PATCH', `/users/${uid}/devices/phone`, { locale: 'ru' });
    expect(await receive('пять', { messageSeq: 5 })).toBe('4 новых сообщения · пять');
    await read({ up_to_seq: 3 });
    expect(await receive('шесть', { messageSeq: 6 })).toBe('2 новых сообщения · шесть');
    await read({});
    expect(await receive('семь', { messageSeq: 7 })).toBe('семь');
    await receive('восемь', { messageSeq: 8 });
    await api(relay.url, 'PUT', `/users/${uid}/badge`, { count: 0 });
    expect(await receive('девять', { messageSeq: 9 })).toBe('девять');
  });

  it('say the same at a retry', async () => {
    await receive('one', { messageSeq: 1 });
    fakes.sandbox.apns.script({ times: 1, answer: reply(503, 'Shutdown') });
    expect(await receive('two', { messageSeq: 2 })).toBe('2 new messages · two');
  });

  it('tell each member of a group of the own number', async () => {
    await receive('one', { messageSeq: 1, channelType: 2, channelId: 'team' });
    await registerApns(relay.url, `${uid}-late`);
    const before = fakes.sandbox.apns.accepted.length;
    const team = { channelType: 2, channelId: 'team', messageSeq: 2 };
    await postMessage(relay.url, {
      to: [uid, `${uid}-late`],
      ...team,
      payload: { type: 1, content: 'two' },
    });
    const pushes = (await fakes.sandbox.apns.waitForAccepted(before + 2)).slice(before);
    const own = pushes.find(({ token }) => token === apnsToken(`${uid}/phone`));
    const late = pushes.find(({ token }) => token === apnsToken(`${uid}-late/phone`));
    expect([bodyOfPush(own), bodyOfPush(late)]).toEqual(['2 new messages · Alice: two', 'Alice: two']);
  });
});

describe('badges of muted conversations', () => {
  it.each([true, false])('with badge.count_muted: %s', async (countMuted) => {
    await using fakes = await Fakes.start();
    const yaml = `badge: { mode: count, count_muted: ${countMuted} }\n`;
    await using relay = await fakes.startRelay({ yaml });
    const uid = `muted-${countMuted}`;
    await registerApns(relay.url, uid);
    const group = { to: [uid], channelType: 2, channelId: 'team' };
    const messageId = '4500000000000000001';
    const muted = await api(relay.url, 'PUT', `/users/${uid}/mutes/2/team`, {});
    expect(muted.status).toBe(204);
    await postMessage(relay.url, { ...group, messageId, messageSeq: 1 });
    if (countMuted) {
      const [push] = await fakes.sandbox.apns.waitForAccepted(1);
      expect(push?.payload).toEqual({ aps: { badge: 1 } });
      expect(push?.headers).toMatchObject({ 'apns-priority': '5', 'apns-collapse-id': 'badge' });
    }
    await postMessage(relay.url, { to: [uid], messageSeq: 1 });
    const pushes = await fakes.sandbox.apns.waitForAccepted(countMuted ? 2 : 1);
    expect(badgeOf(pushes.at(-1))).toBe(countMuted ? 2 : 1);
    // Nobody is told of the recall, and it counts all the same.
    await postMessage(relay.url, { ...group, payload: { type: 1006, message_id: messageId } });
    const badge = async () =>
      (await api(relay.url, 'GET', `/users/${uid}/badge`)).body.count as number | null;
    expect(await eventually(badge, (count) => count === 1)).toBe(1);
    closeConnections();
  });
});

describeOnEachStore(
  'badges over a kill -9',
  (store) => {
    it('count the message once that was in flight', async () => {
      await using fakes = await Fakes.start();
      const options = {
        env: store.env(),
        yaml: `${shortClaims}\nbadge: { mode: count }\ncontent: { collapse: conversation }\n`,
        dataDir: await temporaryDirectory(),
      };
      const first = await fakes.startRelay(options);
      await registerApns(first.url, 'carol');
      const rule = fakes.sandbox.apns.script({ answer: hang() });
      for (const messageSeq of [1, 2, 3]) await postMessage(first.url, { to: ['carol'], messageSeq });
      const counted = async (url: string) =>
        (await api(url, 'GET', '/users/carol/badge')).body.count as number | null;
      await eventually(
        () => counted(first.url),
        (count) => count === 3,
      );
      first.signal('SIGKILL');
      await first.exit();
      rule.remove();
      await using second = await fakes.startRelay(options);
      const pushes = await fakes.sandbox.apns.waitForAccepted(3);
      expect(pushes.map(badgeOf)).toEqual([3, 3, 3]);
      for (const { payload } of pushes)
        expect(payload).toMatchObject({
          aps: { alert: { body: expect.stringMatching(/^3 new messages · /) } },
          wukongim: { kind: 'summary' },
        });
      expect(await counted(second.url)).toBe(3);
      closeConnections();
    });
  },
  ['embedded', 'redis'],
);

describeWithRedis('badges of two replicas', () => {
  it('are one number', async () => {
    await using fakes = await Fakes.start();
    const server = await RedisServer.start();
    const options = { env: { REDIS_URL: server.url }, yaml: 'badge: { mode: count }\n' };
    await using one = await fakes.startRelay(options);
    await using other = await fakes.startRelay(options);
    await registerApns(one.url, 'carol');
    const messages = Array.from({ length: 10 }, (_, index) => ({
      url: index % 2 === 0 ? one.url : other.url,
      messageSeq: index + 1,
    }));
    await Promise.all(messages.map(({ url, messageSeq }) => postMessage(url, { to: ['carol'], messageSeq })));
    const pushes = await fakes.sandbox.apns.waitForAccepted(10);
    expect(Math.max(...pushes.map((push) => Number(badgeOf(push))))).toBe(10);
    await api(other.url, 'POST', '/users/carol/read', { channel_type: 1, channel_id: 'alice', up_to_seq: 4 });
    expect((await api(one.url, 'GET', '/users/carol/badge')).body.count).toBe(6);
    closeConnections();
    await Promise.all([one.stop(), other.stop()]);
    await server.stop();
  });
});

describe('badges that the app server says', () => {
  it('are shown as they are, and left away where none was said', async () => {
    await using fakes = await Fakes.start();
    await using relay = await fakes.startRelay({ yaml: 'badge: { mode: given }\n' });
    await registerApns(relay.url, 'carol');
    await registerApns(relay.url, 'dave');
    await api(relay.url, 'PUT', '/users/carol/badge', { count: 5 });
    await postMessage(relay.url, { to: ['carol', 'dave'], channelType: 2, channelId: 'team' });
    await fakes.sandbox.apns.waitForAccepted(2);
    await postMessage(relay.url, { to: ['carol'] });
    await fakes.sandbox.apns.waitForAccepted(3);
    await api(relay.url, 'POST', '/push', { uids: ['carol'], notification: { title: 'Sale' } });
    const pushes = await fakes.sandbox.apns.waitForAccepted(4);
    const ofCarol = pushes.filter(({ token }) => token === apnsToken('carol/phone'));
    expect(ofCarol.map(badgeOf)).toEqual([5, 5, 5]);
    expect(pushes.filter(({ token }) => token !== apnsToken('carol/phone')).map(badgeOf)).toEqual([
      undefined,
    ]);
    closeConnections();
  });
});
