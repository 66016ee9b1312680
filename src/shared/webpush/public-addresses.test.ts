import { AllowedHosts, readAllowedHost } from './allowed-hosts';
import { publicAddresses } from './public-addresses';

describe('public addresses', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '198.18.0.1',
    '::1',
    '::',
    'fe80::1',
    'fc00::1',
    'fd12::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
    '2001::1',
    'localhost',
    '',
  ])('are not: %s', (address) => {
    expect(publicAddresses.has(address)).toBe(false);
  });

  it.each(['8.8.8.8', '142.250.1.95', '2607:f8b0:4005:805::200a', '2a00:1450::1', '::ffff:8.8.8.8'])(
    'are: %s',
    (address) => {
      expect(publicAddresses.has(address)).toBe(true);
    },
  );
});

describe('allowed hosts', () => {
  it('are names, what is below a name, or any', () => {
    const hosts = new AllowedHosts(['push.example.com', '*.example.org']);
    expect(
      ['push.example.com', 'a.example.org', 'a.b.example.org'].map((host) => hosts.allows(host)),
    ).toEqual([true, true, true]);
    const others = ['example.org', 'evilexample.org', 'push.example.com.evil.net', 'x.push.example.com'];
    expect(others.filter((host) => hosts.allows(host))).toEqual([]);
    const any = new AllowedHosts(['any', 'push.example.com']);
    expect([any.allows('x.net'), any.isNamed('x.net'), any.isNamed('push.example.com')]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('are written as names', () => {
    expect(['Push.Example.com.', '*.a.b', 'ANY', '10.0.0.1'].map(readAllowedHost)).toEqual([
      'push.example.com',
      '*.a.b',
      'any',
      '10.0.0.1',
    ]);
    expect(['https://a.b', 'a.b:443', 'a/b', '*', '*.*.a', ''].map(readAllowedHost)).toEqual(
      Array(6).fill(null),
    );
  });
});
