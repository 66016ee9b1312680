import type { Device } from '../../../src/domain/device';
import type { DeviceOutcome } from '../../../src/store/ports/devices';
import type { Store } from '../../../src/store/ports/store';
import { aDevice, awkwardUids } from './builders';
import { useStore, type MakeStore } from './fixture';

const limit = 20;
const at = aDevice('', '').registeredAtMs;

async function scanAll(store: Store, pageSize: number): Promise<Device[]> {
  const devices: Device[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Store['devices']['scan']>> = await store.devices.scan(pageSize, cursor);
    expect(page.items.length).toBeLessThanOrEqual(pageSize);
    devices.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return devices;
}

function name(device: Pick<Device, 'uid' | 'deviceId'>): string {
  return `${device.uid}/${device.deviceId}`;
}

export function describeDevices(makeStore: MakeStore): void {
  const describes = [
    describeRegistering,
    describeTokens,
    describeUpdating,
    describeForgetting,
    describeRecording,
    describeScanning,
    describeUnread,
  ];
  describe('devices', () => {
    for (const part of describes) part(makeStore);
  });
}

function describeRegistering(makeStore: MakeStore): void {
  describe('registering', () => {
    const given = useStore(makeStore);

    it('gives back a device as it was registered', async () => {
      const device = aDevice('alice', 'phone', {
        voipToken: 'bb01',
        locale: 'zh-Hans-CN',
        timezone: 'Asia/Shanghai',
        preview: 'none',
        deviceFlag: 0,
        appVersion: '1.2 "3"',
        model: 'iPhone 15',
        lane: 'sandbox',
        lastActiveAtMs: at + 1,
        lastAcceptedAtMs: at + 2,
        lastFailureAtMs: at + 3,
        lastFailureReason: 'BadDeviceToken',
        rejectionsInRow: 2,
        suspendedUntilMs: at + 4,
        throttledUntilMs: at + 5,
      });
      expect(await given.store.devices.register(device, limit)).toEqual({ created: true, evicted: [] });
      expect(await given.store.devices.get('alice', 'phone')).toEqual(device);
      expect(await given.store.devices.list('alice')).toEqual([device]);
      expect(await given.store.devices.get('alice', 'other')).toBeNull();
      expect(await given.store.devices.get('bob', 'phone')).toBeNull();
      expect(await given.store.devices.list('bob')).toEqual([]);
      await given.opened.reopen();
      expect(await given.store.devices.get('alice', 'phone')).toEqual(device);
    });

    it('replaces a device that registers again', async () => {
      await given.store.devices.register(aDevice('alice', 'phone'), limit);
      const again = aDevice('alice', 'phone', { token: 'aa99', locale: 'en', registeredAtMs: at + 5 });
      expect(await given.store.devices.register(again, limit)).toEqual({ created: false, evicted: [] });
      expect(await given.store.devices.list('alice')).toEqual([again]);
      expect(await given.store.devices.ownerOf('apns', aDevice('alice', 'phone').token ?? '')).toBeNull();
      expect(await given.store.devices.ownerOf('apns', 'aa99')).toEqual({ uid: 'alice', deviceId: 'phone' });
    });

    it('answers for many uids in order, for repeated ones too', async () => {
      await given.store.devices.register(aDevice('alice', 'phone'), limit);
      await given.store.devices.register(aDevice('alice', 'tablet'), limit);
      await given.store.devices.register(aDevice('bob', 'phone'), limit);
      const lists = await given.store.devices.listMany(['bob', 'nobody', 'alice', 'bob']);
      expect(lists.map((devices) => devices.map(name).sort())).toEqual([
        ['bob/phone'],
        [],
        ['alice/phone', 'alice/tablet'],
        ['bob/phone'],
      ]);
      expect(await given.store.devices.listMany([])).toEqual([]);
    });

    it('tells uids and device ids apart, whatever they are made of', async () => {
      const pairs = awkwardUids.flatMap((uid, index) => [
        { uid, deviceId: 'd' },
        { uid: 'u', deviceId: uid },
        { uid, deviceId: awkwardUids[(index + 7) % awkwardUids.length] ?? '' },
      ]);
      const unique = new Map(pairs.map((pair) => [JSON.stringify([pair.uid, pair.deviceId]), pair]));
      for (const { uid, deviceId } of unique.values())
        await given.store.devices.register(
          aDevice(uid, deviceId, { token: `t ${JSON.stringify([uid, deviceId])}`, provider: 'fcm' }),
          1_000,
        );
      for (const { uid, deviceId } of unique.values()) {
        expect(await given.store.devices.get(uid, deviceId)).toMatchObject({ uid, deviceId });
        expect(await given.store.devices.ownerOf('fcm', `t ${JSON.stringify([uid, deviceId])}`)).toEqual({
          uid,
          deviceId,
        });
      }
      expect(
        (await scanAll(given.store, 10))
          .map((device) => JSON.stringify([device.uid, device.deviceId]))
          .sort(),
      ).toEqual([...unique.keys()].sort());
    });

    it('makes room by letting those go that were least recently accepted or registered', async () => {
      const devices = [
        aDevice('alice', 'd1', { registeredAtMs: at + 10 }),
        aDevice('alice', 'd2', { registeredAtMs: at + 1, lastAcceptedAtMs: at + 40 }),
        aDevice('alice', 'd3', { registeredAtMs: at + 30, lastAcceptedAtMs: at + 5 }),
      ];
      for (const device of devices) await given.store.devices.register(device, 3);
      const newest = aDevice('alice', 'd4', { registeredAtMs: at + 20 });
      expect((await given.store.devices.register(newest, 3)).evicted).toEqual([devices[0]]);
      expect(
        (
          await given.store.devices.register(aDevice('alice', 'd5', { registeredAtMs: at + 50 }), 2)
        ).evicted.map(name),
      ).toEqual(['alice/d4', 'alice/d3']);
      expect((await given.store.devices.list('alice')).map(name).sort()).toEqual(['alice/d2', 'alice/d5']);
      expect(await given.store.devices.ownerOf('apns', devices[0]?.token ?? '')).toBeNull();
    });

    it('never lets the device go that registers, however old it says it is', async () => {
      await given.store.devices.register(aDevice('alice', 'd1', { registeredAtMs: at + 10 }), 1);
      expect(
        (await given.store.devices.register(aDevice('alice', 'd0', { registeredAtMs: 1 }), 1)).evicted.map(
          name,
        ),
      ).toEqual(['alice/d1']);
      expect((await given.store.devices.list('alice')).map(name)).toEqual(['alice/d0']);
    });

    it('lets none go when a device registers again at the limit', async () => {
      for (let number = 0; number < 5; number++)
        await given.store.devices.register(aDevice('alice', `d${number}`), 5);
      expect(await given.store.devices.register(aDevice('alice', 'd3', { token: 'aa77' }), 5)).toEqual({
        created: false,
        evicted: [],
      });
      expect(await given.store.devices.list('alice')).toHaveLength(5);
    });

    it('keeps to the limit when many register at once', async () => {
      await Promise.all(
        Array.from({ length: 40 }, (_, number) =>
          given.store.devices.register(aDevice('alice', `d${number}`, { registeredAtMs: at + number }), 10),
        ),
      );
      const kept = await given.store.devices.list('alice');
      expect(kept.map(({ deviceId }) => deviceId).sort()).toEqual(
        Array.from({ length: 10 }, (_, number) => `d${30 + number}`),
      );
      expect(await given.store.devices.count('default', 'apns')).toBe(10);
    });

    it('removes a device, and says whether there was one', async () => {
      await given.store.devices.register(aDevice('alice', 'phone'), limit);
      await given.store.devices.register(aDevice('alice', 'tablet'), limit);
      expect(await given.store.devices.remove('alice', 'phone')).toBe(true);
      expect(await given.store.devices.remove('alice', 'phone')).toBe(false);
      expect(await given.store.devices.remove('nobody', 'phone')).toBe(false);
      expect((await given.store.devices.list('alice')).map(name)).toEqual(['alice/tablet']);
      expect(await given.store.devices.ownerOf('apns', aDevice('alice', 'phone').token ?? '')).toBeNull();
    });

    it('removes a user, and says how many devices it had', async () => {
      for (const id of ['d1', 'd2', 'd3']) await given.store.devices.register(aDevice('alice', id), limit);
      await given.store.devices.register(aDevice('alice2', 'd1'), limit);
      expect(await given.store.devices.removeUser('alice')).toBe(3);
      expect(await given.store.devices.removeUser('alice')).toBe(0);
      expect(await given.store.devices.list('alice')).toEqual([]);
      expect(await given.store.devices.list('alice2')).toHaveLength(1);
      expect(await given.store.devices.ownerOf('apns', aDevice('alice', 'd2').token ?? '')).toBeNull();
    });

    it('counts devices by app and provider', async () => {
      await given.store.devices.register(aDevice('alice', 'd1'), limit);
      await given.store.devices.register(
        aDevice('alice', 'd2', { provider: 'fcm', platform: 'android' }),
        limit,
      );
      await given.store.devices.register(aDevice('bob', 'd1', { app: 'other' }), limit);
      await given.store.devices.register(aDevice('bob', 'd2'), limit);
      const counts = async (): Promise<number[]> => [
        await given.store.devices.count('default', 'apns'),
        await given.store.devices.count('default', 'fcm'),
        await given.store.devices.count('other', 'apns'),
      ];
      expect(await counts()).toEqual([2, 1, 1]);
      await given.store.devices.register(aDevice('bob', 'd2', { app: 'other' }), limit);
      await given.store.devices.removeUser('alice');
      expect(await counts()).toEqual([0, 0, 2]);
      await given.opened.reopen();
      expect(await counts()).toEqual([0, 0, 2]);
    });
  });
}

function describeTokens(makeStore: MakeStore): void {
  describe('tokens', () => {
    const given = useStore(makeStore);

    it('moves a token to whoever registers it last, and the old device goes with its last token', async () => {
      await given.store.devices.register(aDevice('alice', 'phone', { token: 'aa01' }), limit);
      expect(
        (await given.store.devices.register(aDevice('bob', 'phone', { token: 'aa01' }), limit)).created,
      ).toBe(true);
      expect(await given.store.devices.list('alice')).toEqual([]);
      expect(await given.store.devices.ownerOf('apns', 'aa01')).toEqual({ uid: 'bob', deviceId: 'phone' });
      expect(await given.store.devices.count('default', 'apns')).toBe(1);
    });

    it('leaves the old device its other token', async () => {
      await given.store.devices.register(
        aDevice('alice', 'phone', { token: 'aa01', voipToken: 'bb01' }),
        limit,
      );
      await given.store.devices.register(aDevice('bob', 'phone', { token: 'aa01' }), limit);
      expect(await given.store.devices.get('alice', 'phone')).toMatchObject({
        token: null,
        voipToken: 'bb01',
      });
      await given.store.devices.register(
        aDevice('carol', 'phone', { token: null, voipToken: 'bb01' }),
        limit,
      );
      expect(await given.store.devices.get('alice', 'phone')).toBeNull();
      expect(await given.store.devices.ownerOf('apns', 'bb01')).toEqual({ uid: 'carol', deviceId: 'phone' });
    });

    it('moves a token between devices of one uid', async () => {
      await given.store.devices.register(aDevice('alice', 'old', { token: 'aa01' }), limit);
      await given.store.devices.register(aDevice('alice', 'new', { token: 'aa01' }), limit);
      expect((await given.store.devices.list('alice')).map(name)).toEqual(['alice/new']);
    });

    it('moves two tokens from two owners at once', async () => {
      await given.store.devices.register(aDevice('alice', 'phone', { token: 'aa01' }), limit);
      await given.store.devices.register(aDevice('bob', 'phone', { token: null, voipToken: 'bb01' }), limit);
      await given.store.devices.register(
        aDevice('carol', 'phone', { token: 'aa01', voipToken: 'bb01' }),
        limit,
      );
      expect(await given.store.devices.listMany(['alice', 'bob'])).toEqual([[], []]);
      expect(await given.store.devices.ownerOf('apns', 'bb01')).toEqual({ uid: 'carol', deviceId: 'phone' });
    });

    it('knows an APNs token in whatever case, and an FCM token only in its own', async () => {
      await given.store.devices.register(aDevice('alice', 'phone', { token: 'AABB01' }), limit);
      await given.store.devices.register(aDevice('bob', 'phone', { token: 'aabb01' }), limit);
      expect(await given.store.devices.list('alice')).toEqual([]);
      expect(await given.store.devices.ownerOf('apns', 'AaBb01')).toEqual({ uid: 'bob', deviceId: 'phone' });
      await given.store.devices.register(aDevice('carol', 'phone', { provider: 'fcm', token: 'Tok' }), limit);
      await given.store.devices.register(aDevice('dave', 'phone', { provider: 'fcm', token: 'tok' }), limit);
      expect(await given.store.devices.list('carol')).toHaveLength(1);
      expect(await given.store.devices.ownerOf('fcm', 'Tok')).toEqual({ uid: 'carol', deviceId: 'phone' });
      expect(await given.store.devices.ownerOf('apns', 'Tok')).toBeNull();
    });

    it('keeps the owner when a device registers its token in another case', async () => {
      await given.store.devices.register(aDevice('alice', 'phone', { token: 'AABB01' }), limit);
      expect(
        (await given.store.devices.register(aDevice('alice', 'phone', { token: 'aabb01' }), limit)).created,
      ).toBe(false);
      expect(await given.store.devices.ownerOf('apns', 'AABB01')).toEqual({
        uid: 'alice',
        deviceId: 'phone',
      });
      expect(await given.store.devices.list('alice')).toHaveLength(1);
    });

    it('leaves one owner of those that race for a token, and it alone holds it', async () => {
      const uids = Array.from({ length: 20 }, (_, number) => `u${number}`);
      await Promise.all(
        uids.map((uid) => given.store.devices.register(aDevice(uid, 'phone', { token: 'aa01' }), limit)),
      );
      const lists = await given.store.devices.listMany(uids);
      const holders = lists.flat().filter(({ token }) => token === 'aa01');
      expect(holders).toHaveLength(1);
      expect(await given.store.devices.ownerOf('apns', 'aa01')).toEqual({
        uid: holders[0]?.uid,
        deviceId: 'phone',
      });
      expect(await given.store.devices.count('default', 'apns')).toBe(1);
    });

    it('removes a token, and the device when it was its last one', async () => {
      await given.store.devices.register(
        aDevice('alice', 'phone', { token: 'aa01', voipToken: 'bb01' }),
        limit,
      );
      expect(await given.store.devices.removeToken('apns', 'AA01')).toBe(true);
      expect(await given.store.devices.get('alice', 'phone')).toMatchObject({
        token: null,
        voipToken: 'bb01',
      });
      expect(await given.store.devices.removeToken('apns', 'aa01')).toBe(false);
      expect(await given.store.devices.removeToken('fcm', 'bb01')).toBe(false);
      expect(await given.store.devices.removeToken('apns', 'bb01')).toBe(true);
      expect(await given.store.devices.list('alice')).toEqual([]);
    });

    it('keeps tokens of 4 KiB apart', async () => {
      const token = 'f'.repeat(4_096);
      await given.store.devices.register(aDevice('alice', 'phone', { provider: 'fcm', token }), limit);
      await given.store.devices.register(
        aDevice('bob', 'phone', { provider: 'fcm', token: `${token}2` }),
        limit,
      );
      expect(await given.store.devices.ownerOf('fcm', token)).toEqual({ uid: 'alice', deviceId: 'phone' });
      expect(await given.store.devices.ownerOf('fcm', `${token}2`)).toEqual({
        uid: 'bob',
        deviceId: 'phone',
      });
    });
  });
}

function describeUpdating(makeStore: MakeStore): void {
  describe('updating', () => {
    const given = useStore(makeStore);

    it('changes a device, and answers with what is stored', async () => {
      await given.store.devices.register(aDevice('alice', 'phone'), limit);
      const changed = await given.store.devices.update('alice', 'phone', (device) => ({
        ...device,
        locale: 'en',
        voipToken: 'bb01',
      }));
      expect(changed).toEqual(aDevice('alice', 'phone', { locale: 'en', voipToken: 'bb01' }));
      expect(await given.store.devices.get('alice', 'phone')).toEqual(changed);
      expect(await given.store.devices.ownerOf('apns', 'bb01')).toEqual({ uid: 'alice', deviceId: 'phone' });
    });

    it('does not call for a device that is not there', async () => {
      let called = false;
      expect(
        await given.store.devices.update('alice', 'phone', (device) => {
          called = true;
          return device;
        }),
      ).toBeNull();
      expect(called).toBe(false);
    });

    it('removes the device when the change says so', async () => {
      await given.store.devices.register(aDevice('alice', 'phone'), limit);
      expect(await given.store.devices.update('alice', 'phone', () => null)).toBeNull();
      expect(await given.store.devices.list('alice')).toEqual([]);
      expect(await given.store.devices.ownerOf('apns', aDevice('alice', 'phone').token ?? '')).toBeNull();
    });

    it('frees a token that the change drops, and takes one from another device', async () => {
      await given.store.devices.register(aDevice('alice', 'phone', { token: 'aa01' }), limit);
      await given.store.devices.register(aDevice('bob', 'phone', { token: 'aa02' }), limit);
      await given.store.devices.update('alice', 'phone', (device) => ({ ...device, token: 'aa02' }));
      expect(await given.store.devices.ownerOf('apns', 'aa01')).toBeNull();
      expect(await given.store.devices.ownerOf('apns', 'aa02')).toEqual({ uid: 'alice', deviceId: 'phone' });
      expect(await given.store.devices.list('bob')).toEqual([]);
    });

    it('loses none of the changes that are made at once', async () => {
      await given.store.devices.register(aDevice('alice', 'phone'), limit);
      await Promise.all(
        Array.from({ length: 50 }, () =>
          given.store.devices.update('alice', 'phone', (device) => ({
            ...device,
            rejectionsInRow: device.rejectionsInRow + 1,
          })),
        ),
      );
      expect((await given.store.devices.get('alice', 'phone'))?.rejectionsInRow).toBe(50);
    });

    it('mixes with registrations without losing a token or leaving one with two owners', async () => {
      await given.store.devices.register(aDevice('alice', 'phone', { token: 'aa00' }), limit);
      const work = Array.from({ length: 60 }, (_, number) => {
        if (number % 3 === 0)
          return given.store.devices.register(
            aDevice('alice', 'phone', { token: `aa${10 + number}` }),
            limit,
          );
        if (number % 3 === 1)
          return given.store.devices.update('alice', 'phone', (device) => ({
            ...device,
            voipToken: `bb${10 + number}`,
          }));
        return given.store.devices.register(
          aDevice('bob', 'phone', { token: `aa${10 + number - 2}` }),
          limit,
        );
      });
      await Promise.all(work);
      const devices = await scanAll(given.store, 10);
      const tokens = devices
        .flatMap(({ token, voipToken }) => [token, voipToken])
        .filter((token) => token !== null);
      expect(new Set(tokens).size).toBe(tokens.length);
      for (const device of devices) {
        for (const token of [device.token, device.voipToken]) {
          if (token !== null)
            expect(await given.store.devices.ownerOf('apns', token)).toEqual({
              uid: device.uid,
              deviceId: device.deviceId,
            });
        }
      }
      for (let number = 0; number < 60; number++) {
        for (const token of [`aa${10 + number}`, `bb${10 + number}`]) {
          const owner = await given.store.devices.ownerOf('apns', token);
          if (owner !== null) expect(tokens).toContain(token);
        }
      }
    });

    it('rejects with what the change throws, and changes nothing', async () => {
      await given.store.devices.register(aDevice('alice', 'phone'), limit);
      const failing = given.store.devices.update('alice', 'phone', () => {
        throw new RangeError('no');
      });
      await expect(failing).rejects.toThrow(new RangeError('no'));
      expect(await given.store.devices.get('alice', 'phone')).toEqual(aDevice('alice', 'phone'));
    });
  });
}

function describeForgetting(makeStore: MakeStore): void {
  describe('forgetting', () => {
    const given = useStore(makeStore);
    const forget = (
      changes: { token?: string; registeredBeforeMs?: number; tokenKind?: 'alert' | 'voip' } = {},
    ): Promise<boolean> =>
      given.store.devices.forget({
        uid: 'alice',
        deviceId: 'phone',
        tokenKind: 'alert',
        token: 'aa01',
        registeredBeforeMs: at + 10,
        ...changes,
      });

    it('forgets the token, and the device when it was its last one', async () => {
      await given.store.devices.register(
        aDevice('alice', 'phone', { token: 'AA01', voipToken: 'bb01' }),
        limit,
      );
      expect(await forget()).toBe(true);
      expect(await given.store.devices.get('alice', 'phone')).toMatchObject({
        token: null,
        voipToken: 'bb01',
      });
      expect(await given.store.devices.ownerOf('apns', 'aa01')).toBeNull();
      expect(await forget()).toBe(false);
      expect(await forget({ tokenKind: 'voip', token: 'bb01' })).toBe(true);
      expect(await given.store.devices.get('alice', 'phone')).toBeNull();
      expect(await given.store.devices.count('default', 'apns')).toBe(0);
    });

    it('keeps a token that was registered after the attempt began', async () => {
      await given.store.devices.register(
        aDevice('alice', 'phone', { token: 'aa01', registeredAtMs: at + 11 }),
        limit,
      );
      expect(await forget()).toBe(false);
      expect(await given.store.devices.get('alice', 'phone')).toMatchObject({ token: 'aa01' });
      expect(await forget({ registeredBeforeMs: at + 11 })).toBe(true);
    });

    it('keeps another token, of another kind, device or uid', async () => {
      await given.store.devices.register(
        aDevice('alice', 'phone', { token: 'aa02', voipToken: 'aa01' }),
        limit,
      );
      expect(await forget()).toBe(false);
      await given.store.devices.register(aDevice('bob', 'phone', { token: 'aa01' }), limit);
      expect(await forget()).toBe(false);
      expect(await given.store.devices.ownerOf('apns', 'aa01')).toEqual({ uid: 'bob', deviceId: 'phone' });
    });

    it('either forgets or keeps when it races with a new registration, and leaves no owner without a device', async () => {
      for (let time = 0; time < 20; time++) {
        await given.store.devices.register(aDevice('alice', 'phone', { token: 'aa01' }), limit);
        await Promise.all([
          forget(),
          given.store.devices.register(
            aDevice('alice', 'phone', { token: 'aa01', registeredAtMs: at + 20 }),
            limit,
          ),
        ]);
        expect(await given.store.devices.get('alice', 'phone')).toMatchObject({
          token: 'aa01',
          registeredAtMs: at + 20,
        });
        expect(await given.store.devices.ownerOf('apns', 'aa01')).toEqual({
          uid: 'alice',
          deviceId: 'phone',
        });
      }
    });
  });
}

function describeRecording(makeStore: MakeStore): void {
  describe('recording outcomes', () => {
    const given = useStore(makeStore);
    const outcome = (
      change: DeviceOutcome['change'],
      changes: Partial<DeviceOutcome> = {},
    ): DeviceOutcome => ({
      uid: 'alice',
      deviceId: 'phone',
      tokenKind: 'alert',
      token: 'aa01',
      change,
      ...changes,
    });
    const accepted = (atMs: number): DeviceOutcome => outcome({ kind: 'accepted', atMs });
    const rejected = (atMs: number): DeviceOutcome =>
      outcome({
        kind: 'rejected',
        atMs,
        reason: 'BadTopic',
        suspendAfter: 3,
        suspendUntilMs: atMs + 86_400_000,
      });
    const stored = (): Promise<Device | null> => given.store.devices.get('alice', 'phone');
    beforeEach(async () => {
      await given.store.devices.register(
        aDevice('alice', 'phone', { token: 'aa01', voipToken: 'bb01' }),
        limit,
      );
    });

    it('notes an acceptance at most once an hour', async () => {
      await given.store.devices.record([accepted(at + 1_000)]);
      expect(await stored()).toMatchObject({ lastAcceptedAtMs: at + 1_000 });
      await given.store.devices.record([accepted(at + 1_000 + 3_599_999)]);
      expect(await stored()).toMatchObject({ lastAcceptedAtMs: at + 1_000 });
      await given.store.devices.record([accepted(at + 1_000 + 3_600_000)]);
      expect(await stored()).toMatchObject({ lastAcceptedAtMs: at + 1_000 + 3_600_000 });
    });

    it('counts rejections in a row, suspends at the limit, and an acceptance ends both at once', async () => {
      await given.store.devices.record([accepted(at)]);
      await given.store.devices.record([rejected(at + 1), rejected(at + 2)]);
      expect(await stored()).toMatchObject({
        rejectionsInRow: 2,
        suspendedUntilMs: null,
        lastFailureAtMs: at + 2,
        lastFailureReason: 'BadTopic',
      });
      await given.store.devices.record([rejected(at + 3)]);
      expect(await stored()).toMatchObject({ rejectionsInRow: 3, suspendedUntilMs: at + 3 + 86_400_000 });
      await given.store.devices.record([accepted(at + 4)]);
      expect(await stored()).toMatchObject({
        rejectionsInRow: 0,
        suspendedUntilMs: null,
        lastAcceptedAtMs: at + 4,
        lastFailureAtMs: at + 2 + 1,
      });
    });

    it('corrects the lane', async () => {
      await given.store.devices.record([
        outcome({ kind: 'lane', lane: 'sandbox' }),
        outcome({ kind: 'lane', lane: 'sandbox' }),
      ]);
      expect(await stored()).toMatchObject({ lane: 'sandbox', token: 'aa01' });
    });

    it('notes until when the provider wants a device left in peace, and the later of two times stands', async () => {
      const throttled = (untilMs: number): DeviceOutcome => outcome({ kind: 'throttled', untilMs });
      await given.store.devices.record([throttled(at + 90_000)]);
      await given.store.devices.record([throttled(at + 30_000), accepted(at + 1)]);
      expect(await stored()).toMatchObject({ throttledUntilMs: at + 90_000, lastAcceptedAtMs: at + 1 });
      await given.opened.reopen();
      expect(await given.store.devices.listMany(['alice'])).toEqual([[await stored()]]);
      expect(await stored()).toMatchObject({ throttledUntilMs: at + 90_000, suspendedUntilMs: null });
      await given.store.devices.record([throttled(at + 120_000)]);
      expect(await stored()).toMatchObject({ throttledUntilMs: at + 120_000 });
    });

    it('writes nothing to a device that no longer holds the token', async () => {
      await given.store.devices.record([
        outcome({ kind: 'accepted', atMs: at }, { token: 'aa02' }),
        outcome({ kind: 'accepted', atMs: at }, { tokenKind: 'voip' }),
        outcome({ kind: 'accepted', atMs: at }, { uid: 'nobody' }),
        outcome({ kind: 'accepted', atMs: at }, { deviceId: 'other' }),
        outcome({ kind: 'throttled', untilMs: at }, { token: 'aa02' }),
      ]);
      await given.store.devices.record([]);
      expect(await stored()).toMatchObject({ lastAcceptedAtMs: null, throttledUntilMs: null });
    });

    it('knows the token in another case, and the VoIP token as such', async () => {
      await given.store.devices.record([
        outcome({ kind: 'accepted', atMs: at }, { tokenKind: 'voip', token: 'BB01' }),
      ]);
      expect(await stored()).toMatchObject({ lastAcceptedAtMs: at, voipToken: 'bb01' });
    });
  });
}

function describeScanning(makeStore: MakeStore): void {
  describe('scanning', () => {
    const given = useStore(makeStore);
    const users = 230;
    const fill = async (): Promise<string[]> => {
      const names: string[] = [];
      await Promise.all(
        Array.from({ length: users }, async (_, number) => {
          for (let device = 0; device <= number % 3; device++) {
            await given.store.devices.register(aDevice(`u${number}`, `d${device}`), limit);
            names.push(`u${number}/d${device}`);
          }
        }),
      );
      return names.sort();
    };

    it.each([1, 2, 7, 100, 1_000])('gives every device once, %d at a time', async (pageSize) => {
      const names = await fill();
      expect((await scanAll(given.store, pageSize)).map(name).sort()).toEqual(names);
    });

    it('gives an empty page of nothing', async () => {
      expect(await given.store.devices.scan(10, null)).toEqual({ items: [], nextCursor: null });
    });

    it('gives what stays exactly once, whatever comes and goes in between', async () => {
      const names = await fill();
      const seen: string[] = [];
      const removed = new Set<string>();
      let cursor: string | null = null;
      let round = 0;
      do {
        const page: Awaited<ReturnType<Store['devices']['scan']>> = await given.store.devices.scan(
          20,
          cursor,
        );
        seen.push(...page.items.map(name));
        cursor = page.nextCursor;
        const last = page.items[page.items.length - 1];
        const victim = names[(round * 37) % names.length] ?? '';
        for (const gone of [victim, last === undefined ? victim : name(last)]) {
          const [uid = '', deviceId = ''] = gone.split('/');
          await given.store.devices.remove(uid, deviceId);
          removed.add(gone);
        }
        await given.store.devices.register(aDevice(`u${round % users}`, `x${round}`), limit);
        round++;
      } while (cursor !== null);
      expect(new Set(seen).size).toBe(seen.length);
      for (const stayed of names.filter((one) => !removed.has(one))) expect(seen).toContain(stayed);
    });

    it('holds 10,000 devices', async () => {
      // Not all in the same moment: a store that is asked more than it can answer in time says so.
      for (let from = 0; from < 10_000; from += 1_000)
        await Promise.all(
          Array.from({ length: 1_000 }, (_, number) =>
            given.store.devices.register(aDevice(`u${from + number}`, 'd'), limit),
          ),
        );
      expect(await given.store.devices.count('default', 'apns')).toBe(10_000);
      expect(await scanAll(given.store, 1_000)).toHaveLength(10_000);
    });
  });
}

function describeUnread(makeStore: MakeStore): void {
  describe('of a provider, platform or lane that this relay does not have', () => {
    const given = useStore(makeStore);
    /** As a newer relay writes it. */
    const newer = { provider: 'pigeon', platform: 'harmonyos', lane: 'cn' } as unknown as Partial<Device>;
    const foreign = aDevice('alice', 'mate', { ...newer, token: 'H'.repeat(4096) });
    const listed = { uid: 'alice', deviceId: 'mate', provider: 'pigeon' };

    beforeEach(async () => {
      await given.store.devices.register(aDevice('alice', 'phone'), limit);
      await given.store.devices.register(foreign, limit);
    });

    it('are left out of every answer, and never become those of another provider', async () => {
      const { devices } = given.store;
      const ids = async () => [
        (await devices.list('alice')).map(name),
        (await devices.listMany(['alice'])).flat().map(name),
        (await scanAll(given.store, 10)).map(name),
      ];
      expect(await ids()).toEqual([['alice/phone'], ['alice/phone'], ['alice/phone']]);
      expect(await devices.get('alice', 'mate')).toBeNull();
      expect(await devices.update('alice', 'mate', (device) => device)).toBeNull();
      await devices.record([
        {
          uid: 'alice',
          deviceId: 'mate',
          tokenKind: 'alert',
          token: 'H'.repeat(4096),
          change: { kind: 'accepted', atMs: at + 1 },
        },
      ]);
      expect(await devices.count('default', 'apns')).toBe(1);
    });

    it.each(['provider', 'platform', 'lane'] as const)('go by each of the three: %s', async (key) => {
      const odd = { ...aDevice('bob', 'odd'), [key]: 'unheard' };
      await given.store.devices.register(odd, limit);
      expect(await given.store.devices.list('bob')).toEqual([]);
    });

    it('are counted and listed as a finding', async () => {
      expect(await given.store.devices.list('alice')).toHaveLength(1);
      expect(await given.store.devices.list('alice')).toHaveLength(1);
      expect(given.store.devices.unread()).toEqual([listed]);
      const findings = await given.store.health();
      expect(findings.filter(({ name: of }) => of === 'devices')).toEqual([
        { name: 'devices', severity: 'degraded', detail: expect.stringMatching(/^1 stored device.*pigeon/) },
      ]);
    });

    it('stay, whatever becomes of the other devices', async () => {
      await given.store.devices.register(aDevice('alice', 'tablet'), limit);
      await given.store.devices.remove('alice', 'phone');
      await given.opened.reopen();
      expect(given.store.devices.unread()).toEqual([]);
      expect((await given.store.devices.list('alice')).map(name)).toEqual(['alice/tablet']);
      expect(given.store.devices.unread()).toEqual([listed]);
    });

    it('end when they are removed, replaced or erased with their user', async () => {
      const { devices } = given.store;
      await devices.list('alice');
      expect(await devices.remove('alice', 'mate')).toBe(true);
      expect(devices.unread()).toEqual([]);

      await devices.register(foreign, limit);
      await devices.list('alice');
      await devices.register(aDevice('alice', 'mate'), limit);
      expect(devices.unread()).toEqual([]);
      expect(await devices.list('alice')).toHaveLength(2);

      await devices.register(foreign, limit);
      await devices.list('alice');
      expect(await devices.removeUser('alice')).toBe(2);
      expect(devices.unread()).toEqual([]);
      await given.opened.reopen();
      expect(await given.store.devices.list('alice')).toEqual([]);
    });

    it('give way as any other where a user has too many', async () => {
      const { devices } = given.store;
      const { evicted } = await devices.register(aDevice('alice', 'last', { registeredAtMs: at + 9 }), 1);
      expect(evicted.map(name)).toEqual(['alice/phone']);
      expect((await devices.list('alice')).map(name)).toEqual(['alice/last']);
      expect(devices.unread()).toEqual([]);
    });
  });
}
