import type { Device } from '../domain/device';
import { applyPatch, toDevice } from './registration';
import type { ConfiguredApp } from './services';

const both: ConfiguredApp = {
  name: 'one',
  providers: [
    { provider: 'apns', lanes: ['production', 'sandbox'] },
    { provider: 'fcm', lanes: ['production'] },
  ],
};
const other: ConfiguredApp = { ...both, name: 'two' };
const context = { uid: 'u', deviceId: 'd', nowMs: 1000, apps: [both] };
const apns = { provider: 'apns', token: 'ab'.repeat(32) } as const;

function made(result: ReturnType<typeof toDevice>): Device {
  if ('kind' in result) throw new Error(result.code);
  return result;
}

describe('the app of a registration', () => {
  it('is the only one where none is said', () => {
    expect(made(toDevice(apns, null, context)).app).toBe('one');
  });

  it('is default where there are several', () => {
    const apps = [both, { ...other, name: 'default' }];
    expect(made(toDevice(apns, null, { ...context, apps })).app).toBe('default');
  });

  it('has to be said where there are several and none is default', () => {
    expect(toDevice(apns, null, { ...context, apps: [both, other] })).toMatchObject({
      code: 'app_not_configured',
    });
    expect(toDevice(apns, null, { ...context, apps: [] })).toMatchObject({ code: 'app_not_configured' });
  });

  it('is never another than the one that is said', () => {
    expect(toDevice({ ...apns, app: 'three' }, null, context)).toMatchObject({ code: 'app_not_configured' });
  });
});

describe('the environment of a registration', () => {
  it('is production where the app serves both', () => {
    expect(made(toDevice(apns, null, context)).lane).toBe('production');
  });

  it('stays what the relay found out for the same token, until the app says another', () => {
    const before = { ...made(toDevice(apns, null, context)), lane: 'sandbox' } as const;
    expect(made(toDevice(apns, before, context)).lane).toBe('sandbox');
    expect(made(toDevice({ ...apns, environment: 'production' }, before, context)).lane).toBe('production');
    const voip = { provider: 'apns', voip_token: 'cd'.repeat(32) } as const;
    expect(made(toDevice(voip, before, context)).lane).toBe('production');
  });

  it('stays for a device that has a VoIP token only', () => {
    const voip = { provider: 'apns', voip_token: 'cd'.repeat(32) } as const;
    const before = { ...made(toDevice(voip, null, context)), lane: 'sandbox' } as const;
    expect(made(toDevice(voip, before, context)).lane).toBe('sandbox');
  });
});

describe('a patch', () => {
  it('that turns an apns device into an fcm one needs the token of that', () => {
    const device = made(toDevice({ ...apns, environment: 'sandbox' }, null, context));
    const patch = { provider: 'fcm', platform: null, environment: null, voip_token: null } as const;
    expect(applyPatch(device, { ...patch, token: 'fcm:token' }, context)).toMatchObject({
      provider: 'fcm',
      platform: 'android',
      lane: 'production',
      token: 'fcm:token',
    });
    expect(applyPatch(device, { ...patch, environment: 'sandbox' }, context)).toMatchObject({
      code: 'invalid_request',
    });
  });

  it('of nothing changes nothing', () => {
    const full = {
      ...apns,
      voip_token: 'cd'.repeat(32),
      locale: 'en',
      timezone: 'UTC',
      preview: 'none',
      device_flag: 7,
    } as const;
    const device = {
      ...made(toDevice(full, null, context)),
      lastActiveAtMs: 1,
      lastAcceptedAtMs: 2,
      lastFailureAtMs: 3,
      lastFailureReason: 'x',
      rejectionsInRow: 4,
      suspendedUntilMs: 5,
    };
    expect(applyPatch(device, {}, { ...context, nowMs: 9999 })).toEqual(device);
  });
});
