import { api, closeConnections, postMessage, registerApns, registerFcm } from '../helpers/client';
import { Fakes } from '../helpers/fakes';

const group = { channelId: 'team', channelType: 2 } as const;

describe('what a phone is told of a notification’s importance', () => {
  afterAll(closeConnections);

  it('tells messages, mentions and calls apart, for both platforms', async () => {
    await using fakes = await Fakes.start();
    await using relay = await fakes.startRelay({
      yaml: `
apps:
  default:
    apns: { content_available: true }
    fcm: { android_channel_id: other, android_channel_ids: { message: chat, mention: named, call: ring } }
content: { types: { 101: { text: Poke, android_channel_id: pokes } } }
`,
      env: { STORM_LIMITS: 'off' },
    });
    await registerApns(relay.url, 'bob');
    await registerFcm(relay.url, 'bob');
    const channels: unknown[] = [];
    const aps: unknown[] = [];
    const data: unknown[] = [];
    for (const [index, payload] of [
      { type: 1, content: 'hello' },
      { type: 1, content: 'hello', mention: { uids: ['bob'] } },
      { type: 1, content: 'hello', mention: { all: 1 } },
      { type: 101 },
    ].entries()) {
      await postMessage(relay.url, { to: ['bob'], ...group, payload });
      const apns = (await fakes.sandbox.apns.waitForAccepted(index + 1))[index];
      const fcm = (await fakes.sandbox.fcm.waitForAccepted(index + 1))[index];
      const {
        category,
        'relevance-score': score,
        'content-available': wakes,
      } = apns?.payload['aps'] as Record<string, unknown>;
      aps.push([category, score, wakes]);
      const { android, data: fields } = fcm?.message as {
        android: { notification: { channel_id: string } };
        data: Record<string, string>;
      };
      channels.push(android.notification.channel_id);
      data.push([fields['type'], fields['mention']]);
      expect(apns?.payload['wukongim']).toMatchObject({ type: Number(fields['type']) });
    }
    expect(aps).toEqual([
      ['message', 0.5, 1],
      ['mention', 0.75, 1],
      ['mention', 0.75, 1],
      ['message', 0.5, 1],
    ]);
    expect(channels).toEqual(['chat', 'named', 'named', 'pokes']);
    expect(data).toEqual([
      ['1', undefined],
      ['1', 'me'],
      ['1', 'all'],
      ['101', undefined],
    ]);
    await api(relay.url, 'POST', '/calls', {
      call_id: 'c',
      uids: ['bob'],
      from_uid: 'alice',
      type: 'invite',
    });
    const call = (await fakes.sandbox.fcm.waitForAccepted(5))[4];
    expect(call?.message['data']).toMatchObject({ kind: 'call', android_channel_id: 'ring' });
  });

  it('keeps one notification per conversation where that is wanted', async () => {
    await using fakes = await Fakes.start();
    await using relay = await fakes.startRelay({
      yaml: `
content: { collapse: conversation }
delivery: { storm_conversation_per_minute: 2, storm_summary_seconds: 3 }
`,
    });
    await registerApns(relay.url, 'bob');
    await registerFcm(relay.url, 'bob');
    await postMessage(relay.url, { to: ['bob'], from: 'carol' });
    // Though a minute may end among them, more than one of these are too many.
    for (let messageSeq = 1; messageSeq <= 7; messageSeq += 1)
      await postMessage(relay.url, { to: ['bob'], ...group, messageSeq });
    const { apns, fcm } = fakes.sandbox;
    const summary = await apns.waitForAccepted(
      ({ payload }) => (payload['wukongim'] as { kind?: string }).kind === 'summary',
    );
    expect(summary.payload).toMatchObject({
      aps: { alert: { body: expect.stringMatching(/^[2-5] new messages$/) } },
    });
    await fcm.waitForAccepted(({ message }) => (message['data'] as { kind?: string }).kind === 'summary');
    const ids = apns.accepted.map(({ headers }) => headers['apns-collapse-id']);
    const tags = fcm.accepted.map(
      ({ message }) => (message['android'] as { notification: { tag: string } }).notification.tag,
    );
    for (const found of [ids, tags]) expect([...new Set(found)].sort()).toEqual(['1:carol', '2:team']);
  });
});
