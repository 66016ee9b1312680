import type { ApnsPush } from '../../src/sandbox/apns/fake-apns';
import { reply } from '../../src/sandbox/answer';
import {
  api,
  closeConnections,
  eventually,
  messageBody,
  metric,
  postEvent,
  postMessage,
  registerApns,
  registerFcm,
  type MessageFields,
} from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';
import { withPhoneEach } from '../helpers/phone-each';
import type { RelayProcess } from '../helpers/relay-process';

const yaml = `
delivery: { retry: { unavailable: { apns_floor_seconds: 1, base_seconds: 0.5 } } }
`;

let lastId = 3_300_000_000_000_000_000n;
const nextId = (): string => String((lastId += 1n));

const recallOf = (messageId: string) => ({ type: 1006, message_id: messageId, content: '{0} recalled' });
const commandOf = (messageId: string) => ({
  type: 99,
  cmd: 'messageRevoke',
  param: { message_id: messageId },
});

/** As v2 sends commands: once, through a channel beside the conversation's. */
function postCommand(url: string, fields: MessageFields): Promise<unknown> {
  const channelId = `${fields.channelId ?? fields.to[0]}____cmd`;
  const body = messageBody({ ...fields, channelId })
    .replace('"sync_once":0', '"sync_once":1')
    .replace('"red_dot":1', '"red_dot":0');
  return postEvent(url, 'msg.offline', body);
}

const collapseIdOf = (push: ApnsPush): unknown => push.headers['apns-collapse-id'];

describeOnEachStore('recalled messages', (store) => {
  let fakes: Fakes;
  let relay: RelayProcess;
  let uid = '';
  withPhoneEach(
    {
      relay: () => ({ env: store.env(), yaml }),
      name: 'reader',
      prepare: async (started) => {
        await api(started.url, 'PUT', '/users/alice/profile', { name: 'Alice' });
        await api(started.url, 'PUT', '/channels/2/team', { name: 'Team' });
      },
    },
    (scene) => ({ fakes, relay, uid } = scene),
  );

  const team = { channelType: 2, channelId: 'team' };
  /** What comes after all that was sent before, so that nothing else is still on its way. */
  const last = async (): Promise<readonly ApnsPush[]> => {
    const messageId = nextId();
    await postMessage(relay.url, {
      to: [uid],
      messageId,
      from: 'zoe',
      payload: { type: 1, content: 'last' },
    });
    await fakes.sandbox.apns.waitForAccepted((push) => collapseIdOf(push) === messageId);
    await eventually(
      () => metric(relay.url, 'relay_inbox_depth'),
      (depth) => depth === 0,
    );
    return fakes.sandbox.apns.accepted.filter((push) => collapseIdOf(push) !== messageId);
  };
  const recipients = (result: string) => metric(relay.url, 'relay_recipients_total', { result });

  it('are replaced silently by a command of their group', async () => {
    await registerFcm(relay.url, uid);
    const messageId = nextId();
    await postMessage(relay.url, { to: [uid], ...team, messageId });
    await fakes.sandbox.apns.waitForAccepted(1);
    await postCommand(relay.url, { to: [uid], ...team, payload: commandOf(messageId) });
    const [, push] = await fakes.sandbox.apns.waitForAccepted(2);
    expect(push?.headers).toMatchObject({ 'apns-collapse-id': messageId, 'apns-priority': '5' });
    expect(push?.payload).toMatchObject({
      aps: { alert: { title: 'Team', body: 'Alice recalled a message' }, 'thread-id': '2:team' },
      wukongim: { kind: 'recall', message_id: messageId, channel_id: 'team', channel_type: 2 },
    });
    expect(push?.payload).not.toMatchObject({ aps: { sound: expect.anything() } });
    const [, android] = await fakes.sandbox.fcm.waitForAccepted(2);
    expect(android?.message).toMatchObject({
      notification: { title: 'Team', body: 'Alice recalled a message' },
      data: { kind: 'recall', message_id: messageId },
      android: { priority: 'NORMAL', notification: { tag: messageId } },
    });
  });

  it('are replaced where their mention has passed a mute, and no other is', async () => {
    await api(relay.url, 'PUT', `/users/${uid}/mutes/2/team`, { allow_mentions: true });
    const [mention, muted] = [nextId(), nextId()];
    const ofReader = { type: 1, content: 'look', mention: { uids: [uid] } };
    await postMessage(relay.url, { to: [uid], ...team, messageId: mention, payload: ofReader });
    await postMessage(relay.url, { to: [uid], ...team, messageId: muted });
    await fakes.sandbox.apns.waitForAccepted(1);
    for (const messageId of [muted, mention])
      await postMessage(relay.url, { to: [uid], ...team, payload: recallOf(messageId) });
    const [, push] = await fakes.sandbox.apns.waitForAccepted(2);
    expect(push && collapseIdOf(push)).toBe(mention);
    expect(push?.payload).toMatchObject({ aps: { alert: { body: 'Alice recalled a message' } } });
    expect(await last()).toHaveLength(2);
  });

  it('are replaced where their mention has passed a mute, and the recall has to wait', async () => {
    await api(relay.url, 'PUT', `/users/${uid}/mutes/2/team`, { allow_mentions: true });
    const messageId = nextId();
    const ofReader = { type: 1, content: 'look', mention: { uids: [uid] } };
    await postMessage(relay.url, { to: [uid], ...team, messageId, payload: ofReader });
    await fakes.sandbox.apns.waitForAccepted(1);
    fakes.sandbox.apns.script({ times: 1, answer: reply(503, 'Shutdown') });
    await postMessage(relay.url, { to: [uid], ...team, payload: recallOf(messageId) });
    const [, push] = await fakes.sandbox.apns.waitForAccepted(2);
    expect(push && collapseIdOf(push)).toBe(messageId);
  });

  it('are replaced by a message of type 1006, between two', async () => {
    const messageId = nextId();
    await postMessage(relay.url, { to: [uid], messageId });
    await fakes.sandbox.apns.waitForAccepted(1);
    await postMessage(relay.url, { to: [uid], payload: recallOf(messageId) });
    const [, push] = await fakes.sandbox.apns.waitForAccepted(2);
    expect(push && collapseIdOf(push)).toBe(messageId);
  });

  it('are told of once, however often and in whatever way they were recalled', async () => {
    const messageId = nextId();
    await postMessage(relay.url, { to: [uid], ...team, messageId });
    await fakes.sandbox.apns.waitForAccepted(1);
    await postCommand(relay.url, { to: [uid], ...team, payload: commandOf(messageId) });
    await fakes.sandbox.apns.waitForAccepted(2);
    await postCommand(relay.url, { to: [uid], ...team, payload: commandOf(messageId) });
    await postMessage(relay.url, { to: [uid], ...team, payload: recallOf(messageId) });
    expect(await last()).toHaveLength(2);
  });

  it.each([
    ['another group', { channelType: 2, channelId: 'other' }],
    ['a conversation of two', {}],
    ['another member', { ...team, from: 'mallory' }],
  ])('are not recalled from %s', async (_, from) => {
    const messageId = nextId();
    await postMessage(relay.url, { to: [uid], ...team, messageId });
    await fakes.sandbox.apns.waitForAccepted(1);
    await postCommand(relay.url, { to: [uid], ...from, payload: commandOf(messageId) });
    await postMessage(relay.url, { to: [uid], ...from, payload: recallOf(messageId) });
    expect(await last()).toHaveLength(1);
  });

  it.each([
    ['a group', team, 'Team', 'Alice recalled a message', 'team'],
    ['two people', {}, 'Alice', 'Message recalled', 'alice'],
  ])('of %s are recalled by the server as if their sender did', async (_, where, title, body, id) => {
    const messageId = nextId();
    await postMessage(relay.url, { to: [uid], ...where, messageId });
    const [shown] = await fakes.sandbox.apns.waitForAccepted(1);
    const payload = { type: 99, cmd: 'messageRevoke', param: { message_id: messageId, from_uid: 'alice' } };
    await postCommand(relay.url, { to: [uid], ...where, from: '____system', payload });
    const [, push] = await fakes.sandbox.apns.waitForAccepted(2);
    expect(push?.payload).toMatchObject({
      aps: { alert: { title, body }, 'thread-id': (shown?.payload['aps'] as object)['thread-id' as never] },
      wukongim: { kind: 'recall', message_id: messageId, channel_id: id, from_uid: 'alice' },
    });
  });

  it('are not pushed when the recall comes first, which rings nobody', async () => {
    const [before, commands] = [await recipients('recalled'), await recipients('command')];
    const messageId = nextId();
    await postCommand(relay.url, { to: [uid], ...team, payload: commandOf(messageId) });
    await eventually(
      () => recipients('command'),
      (count) => count > commands,
    );
    await postMessage(relay.url, { to: [uid], ...team, messageId });
    expect(await last()).toEqual([]);
    expect(await recipients('recalled')).toBe(before + 1);
  });

  it('are not pushed where they wait for a retry', async () => {
    const isSecret = (text: string) => text.includes('a secret');
    fakes.sandbox.apns.script(({ body }) => (isSecret(body.toString()) ? reply(503, 'Shutdown') : null));
    const messageId = nextId();
    await postMessage(relay.url, {
      to: [uid],
      ...team,
      messageId,
      payload: { type: 1, content: 'a secret' },
    });
    await eventually(
      () => metric(relay.url, 'relay_retries_pending'),
      (count) => count > 0,
    );
    await postCommand(relay.url, { to: [uid], ...team, payload: commandOf(messageId) });
    await eventually(
      () => metric(relay.url, 'relay_retries_pending'),
      (count) => count === 0,
    );
    fakes.sandbox.apns.clearScript();
    const pushes = await last();
    expect(isSecret(JSON.stringify(pushes.map(({ payload }) => payload)))).toBe(false);
  });
});

describeOnEachStore(
  'recalled messages of a storm',
  (store) => {
    it('are not what its summary becomes', async () => {
      await using fakes = await Fakes.start();
      await using relay = await fakes.startRelay({
        env: store.env(),
        yaml: 'delivery: { storm_conversation_per_minute: 1, storm_summary_seconds: 4 }',
      });
      await registerApns(relay.url, 'carol');
      const held = nextId();
      const group = { to: ['carol'], channelType: 2, channelId: 'team' };
      await postMessage(relay.url, { ...group, messageSeq: 1 });
      await fakes.sandbox.apns.waitForAccepted(1);
      await postMessage(relay.url, {
        ...group,
        messageSeq: 2,
        messageId: held,
        payload: { type: 1, content: 'a secret' },
      });
      await eventually(
        () => metric(relay.url, 'relay_retries_pending'),
        (count) => count > 0,
      );
      await postCommand(relay.url, { ...group, payload: commandOf(held) });
      await eventually(
        () => metric(relay.url, 'relay_retries_pending'),
        (count) => count === 0,
      );
      await postMessage(relay.url, { to: ['carol'], from: 'zoe' });
      await fakes.sandbox.apns.waitForAccepted((push) => JSON.stringify(push.payload).includes('"1:zoe"'));
      expect(JSON.stringify(fakes.sandbox.apns.accepted.map(({ payload }) => payload))).not.toContain(
        'a secret',
      );
      closeConnections();
    });
  },
  ['embedded', 'redis'],
);

describeOnEachStore(
  'recalled messages, one notification per conversation',
  (store) => {
    let fakes: Fakes;
    let relay: RelayProcess;
    let uid = '';
    const content = 'badge: { mode: count }\ncontent: { collapse: conversation }\n';
    withPhoneEach(
      { relay: () => ({ env: store.env(), yaml: `${yaml}${content}` }), name: 'member' },
      (scene) => ({ fakes, relay, uid } = scene),
    );

    const group = { channelType: 2, channelId: 'crew' };
    const shownBy = (push: ApnsPush | undefined) => {
      const { aps, wukongim } = (push?.payload ?? {}) as Record<string, Record<string, unknown> | undefined>;
      return { badge: aps?.['badge'], kind: wukongim?.['kind'], alert: aps?.['alert'] !== undefined };
    };
    let sequence = 0;
    const say = async (where: Partial<MessageFields>, payload: object = { type: 1, content: 'hello' }) => {
      const before = fakes.sandbox.apns.accepted.length;
      const messageId = nextId();
      sequence += 1;
      await postMessage(relay.url, { to: [uid], ...where, messageId, messageSeq: sequence, payload });
      const push = (await fakes.sandbox.apns.waitForAccepted(before + 1)).at(-1);
      return { messageId, push };
    };

    it('are replaced where the newest one stands for all of them', async () => {
      const { messageId, push: shown } = await say(group);
      await postCommand(relay.url, { to: [uid], ...group, payload: commandOf(messageId) });
      const [, recalled] = await fakes.sandbox.apns.waitForAccepted(2);
      expect(recalled?.payload).toMatchObject({ wukongim: { kind: 'recall', message_id: messageId } });
      expect(recalled?.payload).not.toMatchObject({ aps: { sound: expect.anything() } });
      expect(recalled && collapseIdOf(recalled)).toBe(shown && collapseIdOf(shown));
    });

    it.each([
      ['a group, by a command', group, true],
      ['a group, by a message', group, false],
      ['two people, by a command', {}, true],
      ['two people, by a message', {}, false],
    ])('leave a newer one of %s where it is, and only lower the number', async (_, where, isCommand) => {
      await registerFcm(relay.url, uid);
      const older = await say(where);
      const newer = await say(where);
      expect(shownBy(newer.push).badge).toBe(2);
      const recalls = isCommand
        ? postCommand(relay.url, { to: [uid], ...where, payload: commandOf(older.messageId) })
        : postMessage(relay.url, {
            to: [uid],
            ...where,
            messageId: nextId(),
            payload: recallOf(older.messageId),
          });
      await recalls;
      const number = (await fakes.sandbox.apns.waitForAccepted(3)).at(-1);
      expect(shownBy(number)).toEqual({ badge: 1, kind: undefined, alert: false });
      expect(number && collapseIdOf(number)).toBe('badge');
      const silent = (await fakes.sandbox.fcm.waitForAccepted(3)).at(-1);
      expect(silent?.message).toMatchObject({ data: { badge: '1' }, android: { priority: 'NORMAL' } });
      expect(silent?.message).not.toHaveProperty('notification');
      await postCommand(relay.url, { to: [uid], ...where, payload: commandOf(newer.messageId) });
      const recalled = (await fakes.sandbox.apns.waitForAccepted(4)).at(-1);
      expect(shownBy(recalled)).toEqual({ badge: 0, kind: 'recall', alert: true });
    });

    it('are replaced where the server takes back the only one', async () => {
      const { messageId, push: shown } = await say({});
      const payload = { type: 99, cmd: 'messageRevoke', param: { message_id: messageId, from_uid: 'alice' } };
      await postCommand(relay.url, { to: [uid], from: '____system', payload });
      const [, recalled] = await fakes.sandbox.apns.waitForAccepted(2);
      expect(shownBy(recalled)).toEqual({ badge: 0, kind: 'recall', alert: true });
      expect(recalled && collapseIdOf(recalled)).toBe(shown && collapseIdOf(shown));
    });

    it('are replaced where the newer one is hidden from some, whose phones still show them', async () => {
      const older = await say(group);
      await say(group, { type: 1, content: 'psst', visibles: [uid] });
      await postCommand(relay.url, { to: [uid], ...group, payload: commandOf(older.messageId) });
      const recalled = (await fakes.sandbox.apns.waitForAccepted(3)).at(-1);
      expect(shownBy(recalled).kind).toBe('recall');
    });

    it('are not replaced by a retry that a newer one has overtaken', async () => {
      const older = await say(group);
      const before = await metric(relay.url, 'relay_retries_pending');
      fakes.sandbox.apns.script(({ body }) =>
        body.toString().includes('"recall"') ? reply(503, 'Shutdown') : null,
      );
      await postCommand(relay.url, { to: [uid], ...group, payload: commandOf(older.messageId) });
      await eventually(
        () => metric(relay.url, 'relay_retries_pending'),
        (count) => count > before,
      );
      await say(group);
      fakes.sandbox.apns.clearScript();
      await eventually(
        () => metric(relay.url, 'relay_retries_pending'),
        (count) => count === before,
      );
      expect(fakes.sandbox.apns.accepted.map((push) => shownBy(push).kind)).toEqual([undefined, undefined]);
    });
  },
  ['embedded', 'redis'],
);
