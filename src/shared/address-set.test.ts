import { AddressSet, normalizeAddress } from './address-set';

describe('normalizeAddress', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['::FFFF:10.1.2.3', '10.1.2.3'],
    ['fe80::1%eth0', 'fe80::1'],
    ['nobody', null],
    ['', null],
  ])('%s', (text, expected) => expect(normalizeAddress(text)).toBe(expected));
});

describe('AddressSet', () => {
  it('has networks and single addresses of both families', () => {
    const set = new AddressSet(['10.0.0.0/8', '192.0.2.7', 'fd00::/8', '::ffff:172.16.0.0/108']);
    expect(['10.9.9.9', '192.0.2.7', 'fd12::1', '172.31.0.1'].map((address) => set.has(address))).toEqual(
      Array(4).fill(true),
    );
    expect(['11.0.0.1', '192.0.2.8', 'fe80::1', '172.32.0.1'].map((address) => set.has(address))).toEqual(
      Array(4).fill(false),
    );
  });

  it.each(['', 'x', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', 'fd00::/129', '10.0.0.0/1.5'])(
    'refuses %s by name',
    (cidr) => expect(() => new AddressSet([cidr])).toThrow(TypeError),
  );
});
