import { deviceTokenFault, isDeviceToken } from './device-token';

const apnsTokens = ['ab'.repeat(32), 'AB'.repeat(32), '00'.repeat(4), 'f0'.repeat(256)];
const fcmTokens = [
  'fcm-token:APA91b_0123456789',
  'dQw4w9WgXcQ:APA91bE%7E~+/=.-',
  'cKzT7n9vQ0eJ4m1x2y3z4A',
  't',
  'x'.repeat(4096),
];
const words = ['undefined', 'null', 'Null', 'NULL', 'nil', 'None', 'none', 'NaN', 'nan', 'true', 'false'];
const wrapped = [
  '(null)',
  '<null>',
  '<nil>',
  '[object Object]',
  '"quoted:token"',
  "'quoted'",
  '{"token":"abc"}',
  'Optional(abc)',
  'Optional("abc")',
  'abc,def',
  '<abab abab>',
  ' leading',
  'trailing ',
  'line\nbreak',
  'line\n',
  'tökén',
  'nul\0',
  '',
];

describe('isDeviceToken', () => {
  it.each(apnsTokens)('takes %s of APNs', (token) => {
    expect(isDeviceToken('apns', token)).toBe(true);
    expect(deviceTokenFault('apns', token)).toBeNull();
  });

  it.each(fcmTokens)('takes %s of FCM', (token) => {
    expect(isDeviceToken('fcm', token)).toBe(true);
    expect(deviceTokenFault('fcm', token)).toBeNull();
  });

  it.each([...words, ...wrapped])('refuses %j of both, and says why', (token) => {
    for (const provider of ['apns', 'fcm'] as const) {
      expect(isDeviceToken(provider, token)).toBe(false);
      expect(deviceTokenFault(provider, token)).toMatch(/^must be /);
    }
  });

  it.each([...words, '(null)', ' null ', '[object Object]', 'BLACKLISTED', 'SERVICE_NOT_AVAILABLE'])(
    'calls %j a word for nothing',
    (token) => {
      expect(deviceTokenFault('fcm', token)).toContain('nothing');
      expect(deviceTokenFault('apns', token)).toContain('nothing');
    },
  );

  it('refuses half a byte, and what is too short or too long, of APNs', () => {
    for (const token of [
      'abc',
      'ab'.repeat(32) + 'c',
      'ab',
      'ab'.repeat(3),
      'ab'.repeat(257),
      'gg'.repeat(32),
    ])
      expect(isDeviceToken('apns', token)).toBe(false);
  });

  it('refuses what is longer than FCM ever gives', () => {
    expect(isDeviceToken('fcm', 'x'.repeat(4097))).toBe(false);
  });
});
