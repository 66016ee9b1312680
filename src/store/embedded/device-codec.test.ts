import type { Device } from '../../domain/device';
import { decodeDevices, encodeDevices } from './device-codec';

const device: Device = {
  uid: 'alice',
  deviceId: 'phone',
  app: 'default',
  provider: 'fcm',
  platform: 'android',
  environment: 'production',
  token: 'token',
  voipToken: null,
  locale: 'en',
  timezone: null,
  preview: null,
  deviceFlag: 0,
  appVersion: null,
  model: null,
  registeredAtMs: 1,
  lastActiveAtMs: 2,
  lastAcceptedAtMs: 3,
  lastFailureAtMs: null,
  lastFailureReason: null,
  rejectionsInRow: 0,
  suspendedUntilMs: null,
  throttledUntilMs: null,
};

describe('device rows', () => {
  it('reads rows that were written before devices could be throttled', () => {
    const old =
      '["alice",["phone","default","fcm","android","production","token",null,"en",null,null,0,null,null,1,2,3,null,null,0,null]]';
    expect(decodeDevices(Buffer.from(old))).toEqual([device]);
    expect(encodeDevices('alice', [device]).toString()).toBe(old);
  });

  it('keeps until when a device is throttled', () => {
    const throttled = { ...device, throttledUntilMs: 1_767_000_000_000 };
    expect(decodeDevices(encodeDevices('alice', [throttled]))).toEqual([throttled]);
  });
});
