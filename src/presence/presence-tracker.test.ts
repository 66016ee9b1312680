import type { Device } from '../domain/device';
import type { PresenceChange } from '../domain/presence';
import { StoreUnavailableError } from '../store/ports/errors';
import { createPresenceTracker } from './presence-tracker';

const hourMs = 3_600_000;

function device(fields: Partial<Device>): Device {
  return {
    uid: 'dave',
    deviceId: 'd1',
    app: 'default',
    provider: 'apns',
    platform: 'ios',
    lane: 'production',
    token: 't',
    voipToken: null,
    locale: null,
    timezone: null,
    preview: null,
    deviceFlag: 0,
    appVersion: null,
    model: null,
    registeredAtMs: 0,
    lastActiveAtMs: null,
    lastAcceptedAtMs: null,
    lastFailureAtMs: null,
    lastFailureReason: null,
    rejectionsInRow: 0,
    suspendedUntilMs: null,
    throttledUntilMs: null,
    ...fields,
  };
}

function change(fields: Partial<PresenceChange> = {}): PresenceChange {
  return { uid: 'dave', deviceFlag: 0, online: true, connections: 1, total: 1, ...fields };
}

function setUp(owned: Device[], maxRemembered = 1_000) {
  const stored = new Map(owned.map((one) => [`${one.uid}/${one.deviceId}`, one]));
  const state = {
    nowMs: 10 * hourMs,
    applied: [] as PresenceChange[][],
    writes: [] as string[],
    refreshed: 0,
    down: false,
    devicesDown: false,
    devicesHang: false,
    lookUps: 0,
  };
  const tracker = createPresenceTracker(
    { activityIntervalMs: hourMs, maxRemembered, refreshDeadlineMs: 10 },
    {
      presenceStore: {
        apply: async (changes) => {
          if (state.down) throw new StoreUnavailableError('away');
          state.applied.push([...changes]);
        },
      },
      devices: {
        listMany: async (uids) => {
          state.lookUps++;
          if (state.devicesDown) throw new StoreUnavailableError('away');
          if (state.devicesHang) return new Promise(() => {});
          return uids.map((uid) => [...stored.values()].filter((one) => one.uid === uid));
        },
        update: async (uid, deviceId, apply) => {
          const now = stored.get(`${uid}/${deviceId}`);
          const next = now ? apply(now) : null;
          if (next) stored.set(`${uid}/${deviceId}`, next);
          state.writes.push(`${uid}/${deviceId}`);
          return next;
        },
      },
      clock: { now: () => state.nowMs, monotonicMs: () => state.nowMs },
      cameOnline: null,
      events: { activityRefreshed: (count) => void (state.refreshed += count) },
    },
  );
  return { tracker, state, activity: (key: string) => stored.get(key)?.lastActiveAtMs };
}

describe('the presence tracker', () => {
  it('stores every change in its order, the repeated ones too', async () => {
    const { tracker, state } = setUp([]);
    const changes = [change(), change({ online: false, connections: 0, total: 0 }), change()];
    await tracker.apply(changes);
    await tracker.apply([]);
    expect(state.applied).toEqual([changes]);
  });

  it('refreshes the sole device with that flag', async () => {
    const { tracker, state, activity } = setUp([
      device({}),
      device({ deviceId: 'web', deviceFlag: 1, platform: 'web' }),
    ]);
    await tracker.apply([change()]);
    expect([activity('dave/d1'), activity('dave/web'), state.refreshed]).toEqual([state.nowMs, null, 1]);
    await tracker.apply([change({ deviceFlag: 1 })]);
    expect(activity('dave/web')).toBe(state.nowMs);
  });

  it('refreshes none where two have the flag, or none has it', async () => {
    const { tracker, state } = setUp([device({}), device({ deviceId: 'd2' })]);
    await tracker.apply([change(), change({ deviceFlag: 5 }), change({ uid: 'nobody' })]);
    expect(state.writes).toEqual([]);
  });

  it('takes the platform for the flag of a device that was registered without one', async () => {
    const { tracker, activity, state } = setUp([
      device({ deviceFlag: null }),
      device({ deviceId: 'web', deviceFlag: null, platform: 'web' }),
    ]);
    await tracker.apply([change()]);
    expect([activity('dave/d1'), activity('dave/web')]).toEqual([state.nowMs, null]);
  });

  it('writes at most once an hour', async () => {
    const { tracker, state, activity } = setUp([device({})]);
    for (let minute = 0; minute < 60; minute++) {
      await tracker.apply([change(), change({ online: false })]);
      state.nowMs += 60_000;
    }
    expect(state.writes).toHaveLength(1);
    await tracker.apply([change()]);
    expect([state.writes.length, activity('dave/d1')]).toEqual([2, state.nowMs]);
  });

  it('writes no more often when its memory is too small to hold everyone', async () => {
    const { tracker, state } = setUp([device({}), device({ uid: 'erin' }), device({ uid: 'frank' })], 2);
    for (let round = 0; round < 5; round++)
      await tracker.apply([change(), change({ uid: 'erin' }), change({ uid: 'frank' })]);
    expect(state.writes).toHaveLength(3);
  });

  it('refuses when the store does, so that the event is not answered 200', async () => {
    const { tracker, state } = setUp([device({})]);
    state.down = true;
    await expect(tracker.apply([change()])).rejects.toThrow(StoreUnavailableError);
    expect(state.writes).toEqual([]);
  });

  it('takes a reconnect of everyone', async () => {
    const { tracker, state } = setUp(
      Array.from({ length: 1_000 }, (_, index) => device({ uid: `u${index}` })),
    );
    await tracker.apply(Array.from({ length: 1_000 }, (_, index) => change({ uid: `u${index}` })));
    expect(state.refreshed).toBe(1_000);
  });

  it('takes the event when the devices cannot be read, and refreshes them with a later one', async () => {
    const { tracker, state, activity } = setUp([device({})]);
    state.devicesDown = true;
    await tracker.apply([change()]);
    expect([state.applied.length, activity('dave/d1')]).toEqual([1, null]);
    state.devicesDown = false;
    await tracker.apply([change()]);
    expect(activity('dave/d1')).toBe(state.nowMs);
  });

  it('answers though the devices do not, and asks for no more of them than a few', async () => {
    const { tracker, state } = setUp([device({})]);
    state.devicesHang = true;
    for (let event = 0; event < 20; event++) await tracker.apply([change()]);
    expect([state.applied.length, state.lookUps]).toEqual([20, 8]);
  });
});
