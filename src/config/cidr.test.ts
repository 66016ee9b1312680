import { normalizeCidr } from '../shared/address-set';
import { expandCidrs, isLoopback, normalizeCidrOrName } from './cidr';

describe('normalizeCidr', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['10.1.2.3', '10.1.2.3/32'],
    ['fd00::/08', 'fd00::/8'],
    ['::1', '::1/128'],
  ])('reads %s as %s', (value, expected) => {
    expect(normalizeCidr(value)).toBe(expected);
  });

  it.each([
    '10.0.0.0/33',
    '10.0.0/8',
    '::1/129',
    'fe80::1%eth0',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    'localhost',
    '010.0.0.1',
    '',
    '/8',
    '10.0.0.0/-1',
    '10.0.0.0/1e1',
  ])('refuses %j', (value) => {
    expect(normalizeCidr(value)).toBeNull();
  });
});

it('knows the named ranges, in any case', () => {
  expect(normalizeCidrOrName('LoopBack')).toBe('loopback');
  expect(normalizeCidrOrName('constructor')).toBeNull();
  expect(expandCidrs(['loopback', '10.0.0.1/32'])).toEqual(['127.0.0.0/8', '::1/128', '10.0.0.1/32']);
});

it.each([
  ['127.0.0.1', true],
  ['127.8.8.8', true],
  ['::1', true],
  ['localhost', true],
  ['::ffff:127.0.0.1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['127.example.com', false],
  ['localhost.example.com', false],
])('takes %s for loopback: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
