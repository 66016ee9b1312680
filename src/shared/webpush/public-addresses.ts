import { AddressSet, normalizeAddress } from '../address-set';

/** https://www.iana.org/assignments/iana-ipv4-special-registry, multicast and what is reserved. */
const notPublic4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];
/** All that is routed; https://www.iana.org/assignments/ipv6-address-space. NAT64, mapped and local addresses are outside. */
const global6 = new AddressSet(['2000::/3']);
/** https://www.iana.org/assignments/iana-ipv6-special-registry: Teredo and others, documentation, 6to4, which leads to IPv4. */
const notPublic = new AddressSet([...notPublic4, '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);

/** Addresses of the internet: none of the machine, of its networks, or of a tunnel to them. */
export const publicAddresses = {
  /** False for what is no address. */
  has(text: string): boolean {
    const address = normalizeAddress(text);
    if (address === null || notPublic.has(address)) return false;
    return !address.includes(':') || global6.has(address);
  },
};
