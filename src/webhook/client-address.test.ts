import { AddressSet } from '../shared/address-set';
import { clientAddress } from './client-address';

describe('clientAddress', () => {
  const proxies = new AddressSet(['10.0.0.0/8', '::1']);
  it.each([
    ['192.0.2.1', '1.1.1.1', '192.0.2.1'],
    ['10.0.0.1', undefined, null],
    ['10.0.0.1', ' ', null],
    ['10.0.0.1', ',', null],
    ['10.0.0.1', '1.1.1.1,', null],
    ['192.0.2.1', undefined, '192.0.2.1'],
    ['10.0.0.1', '1.1.1.1', '1.1.1.1'],
    ['::ffff:10.0.0.1', '2.2.2.2, 1.1.1.1, 10.0.0.2', '1.1.1.1'],
    ['10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['10.0.0.1', '1.1.1.1:4711', '1.1.1.1'],
    ['::1', '[2001:db8::1]:4711', '2001:db8::1'],
    ['10.0.0.1', '1.1.1.1, unknown', null],
    ['10.0.0.1', '', null],
    [undefined, '1.1.1.1', null],
  ])('%s for %s is %s', (peer, forwarded, expected) => {
    expect(clientAddress(peer, forwarded, proxies)).toBe(expected);
  });
});
