import { randomInt } from 'node:crypto';
import { isDeviceToken } from '../domain/device-token';
import { providerNames, providerTable } from '../domain/provider-table';
import { registrationSchema } from './schemas/device';

/** Everything printable, and some that is not. */
const letters = [
  ...Array.from({ length: 0x80 }, (_, code) => String.fromCharCode(code)),
  'é',
  '漢',
  '\ud800',
];
const lengths = [0, 1, 7, 8, 9, 63, 64, 65, 152, 511, 512, 513, 4095, 4096, 4097];

function samples(): string[] {
  const ofOne = letters.flatMap((letter) => [letter, `ab${letter}cd`, `${letter}abcdef`, `abcdef${letter}`]);
  const ofLength = lengths.flatMap((length) => [
    'a'.repeat(length),
    'Z'.repeat(length),
    'null'.padEnd(length, '0'),
  ]);
  const random = Array.from({ length: 500 }, () =>
    Array.from({ length: randomInt(1, 80) }, () => letters[randomInt(letters.length)]).join(''),
  );
  return [...ofOne, ...ofLength, ...random, 'null', 'undefined', ' nil ', 'Optional(nil)', '(null)'];
}

describe('one rule for device tokens', () => {
  it.each(providerNames)('decides at registration as when a push is sent: %s', (provider) => {
    const differing = samples().filter((token) => {
      const isRegistered = registrationSchema.safeParse({ provider, token }).success;
      return isRegistered !== isDeviceToken(provider, token);
    });
    expect(differing).toEqual([]);
  });

  it.each(providerNames)('lets no token through that a row could not hold: %s', (provider) => {
    const { maxLength } = providerTable[provider].token;
    expect(maxLength).toBeLessThanOrEqual(4096);
    expect(samples().filter((token) => token.length > maxLength && isDeviceToken(provider, token))).toEqual(
      [],
    );
  });
});
