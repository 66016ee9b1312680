import type { DeadLetter } from '../../../src/domain/dead-letter';
import { bringIn, aPending } from '../store/builders';
import { startTestApi } from './harness';
import { openTestStore } from './test-store';

const uid = 'erase-me';

function letter(id: string, more: Partial<DeadLetter>): DeadLetter {
  return {
    id,
    atMs: Date.UTC(2026, 0, 31, 12),
    source: 'webhook',
    reason: 'invalid_field',
    detail: null,
    messageId: null,
    route: null,
    receivedAtMs: Date.UTC(2026, 0, 31, 12),
    recipients: [],
    body: Buffer.from('{}'),
    bodyTruncated: false,
    ...more,
  };
}

describe('DELETE /v1/users/{uid}', () => {
  it('leaves nothing of the user behind: devices, deliveries that wait, dead letters of every source', async () => {
    const store = await openTestStore();
    const api = await startTestApi(store);
    const message = JSON.stringify({ kind: 'message', message: { fromUid: uid, channelId: 'team' } });
    for (const owner of [uid, 'bob'])
      await api.call('PUT', `/v1/users/${owner}/devices/phone`, {
        body: { provider: 'fcm', token: `token-of-${owner}` },
      });
    await api.call('PUT', `/v1/users/${uid}/profile`, { body: { name: uid } });
    await bringIn(store, [
      aPending('mine', { uid }),
      aPending('parked', { uid, parked: true }),
      aPending('others', { uid: 'bob' }),
    ]);
    const many = Array.from({ length: 30 }, (_, at) => letter(`z-${at}`, { body: Buffer.from('["bob"]') }));
    await store.deadLetters.add([
      ...many,
      letter('a', { body: Buffer.from(`{"from_uid":"${uid}","channel_type":"bad"}`) }),
      letter('b', { body: Buffer.from('{"to_uids":["x","erase\\u002dme"],') }),
      letter('c', { source: 'delivery', recipients: [{ uid, deviceId: 'phone', tokenKind: 'alert' }] }),
      letter('d', {
        source: 'delivery',
        body: Buffer.from(message),
        recipients: [{ uid: 'bob', deviceId: 'phone', tokenKind: 'alert' }],
      }),
      letter('e', {
        source: 'entry',
        recipients: ['bob', uid].map((to) => ({ uid: to, deviceId: null, tokenKind: null })),
      }),
    ]);
    expect((await api.call('DELETE', `/v1/users/${uid}`)).status).toBe(204);
    const { text, body } = await api.call('GET', '/v1/dead-letters?include=body&limit=200');
    expect(text).not.toContain(uid);
    expect(text).not.toContain('002dme');
    expect(Object.values(body.items ?? {}).map(({ id }) => id as unknown)).toEqual(
      ['e', ...many.map(({ id }) => id)].sort().reverse(),
    );
    expect(await store.retries.counts()).toEqual({ 'apns/production/default': 1 });
    expect(await store.parked.counts()).toEqual({});
    expect(await store.devices.ownerOf('fcm', `token-of-${uid}`)).toBeNull();
    expect(await store.devices.list('bob')).toHaveLength(1);
  });
});
