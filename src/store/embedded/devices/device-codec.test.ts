import type { Device } from '../../../domain/device';
import { decodeDevices, encodeDevices } from './device-codec';

const device: Device = {
  uid: 'alice',
  deviceId: 'phone',
  app: 'default',
  provider: 'fcm',
  platform: 'android',
  lane: 'production',
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
  it('keeps everything, and null apart from nothing', () => {
    const full: Device = {
      ...device,
      deviceId: 'tablet',
      provider: 'apns',
      platform: 'ios',
      lane: 'sandbox',
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

  it('keep a token of 4 KiB, and names that this relay does not know', () => {
    const foreign = {
      ...device,
      provider: 'pigeon',
      platform: 'harmonyos',
      lane: 'ru',
      token: 'x'.repeat(4096),
    };
    expect(decodeDevices(encodeDevices('alice', [foreign]))).toEqual([foreign]);
  });

  it('keeps until when a device is throttled', () => {
    const throttled = { ...device, throttledUntilMs: 1_767_000_000_000 };
    expect(decodeDevices(encodeDevices('alice', [throttled]))).toEqual([throttled]);
  });
});
