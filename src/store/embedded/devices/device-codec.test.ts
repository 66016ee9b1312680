import type { Device } from '../../../domain/device';
import { decodeDevices, encodeDevices } from './device-codec';
import { encodeDeviceRows } from './device-json';

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
    expect(encodeDeviceRows('alice', [device]).toString()).toBe(old);
  });

  it('keeps everything, and null apart from nothing', () => {
    const full: Device = {
      ...device,
      deviceId: 'tablet',
      provider: 'apns',
      platform: 'ios',
      environment: 'sandbox',
      token: 'a'.repeat(64),
      voipToken: 'b'.repeat(64),
      locale: 'zh-Hans',
      timezone: 'Asia/Shanghai',
      preview: 'none',
      deviceFlag: 7,
      appVersion: '',
      model: 'Pixel 9 “Größe” 漢字 👍',
      lastFailureAtMs: 1_767_000_000_001,
      lastFailureReason: 'BadDeviceToken',
      rejectionsInRow: 4,
      suspendedUntilMs: 1_767_000_000_002,
    };
    const bare: Device = {
      ...device,
      deviceId: '',
      platform: 'web',
      preview: 'full',
      token: null,
      locale: null,
      deviceFlag: null,
      registeredAtMs: 1_767_000_000_000.5,
      lastActiveAtMs: null,
      lastAcceptedAtMs: null,
    };
    const ours = (devices: Device[]): Device[] => devices.map((one) => ({ ...one, uid: 'a漢lice' }));
    for (const devices of [[], [device], [bare], [full], [bare, device, full]])
      expect(decodeDevices(encodeDevices('a漢lice', ours(devices)))).toEqual(ours(devices));
  });

  it('are in the order of the device ids', () => {
    const ids = decodeDevices(encodeDevices('alice', [device, { ...device, deviceId: 'a' }]));
    expect(ids.map(({ deviceId }) => deviceId)).toEqual(['a', 'phone']);
  });

  it('take what is longer than usual', () => {
    const long = { ...device, model: 'x'.repeat(70_000) };
    expect(decodeDevices(encodeDevices('alice', [long]))).toEqual([long]);
  });

  it('keeps until when a device is throttled', () => {
    const throttled = { ...device, throttledUntilMs: 1_767_000_000_000 };
    expect(decodeDevices(encodeDevices('alice', [throttled]))).toEqual([throttled]);
  });
});
