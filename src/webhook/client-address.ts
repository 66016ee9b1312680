import { BlockList, isIP } from 'node:net';

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const withPort = /^(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/;

/** An address as it is compared: IPv4-mapped IPv6 as IPv4, without a zone. Null when it is none. */
export function normalizeAddress(text: string): string | null {
  const [bare = ''] = text.trim().split('%', 1);
  const address = mapped.exec(bare)?.[1] ?? bare;
  return isIP(address) === 0 ? null : address;
}

function addCidr(list: BlockList, cidr: string): void {
  const [text = '', length] = cidr.trim().split('/');
  const address = normalizeAddress(text);
  if (address === null) throw new TypeError(`not an address or CIDR: ${cidr}`);
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  const bits = family === 'ipv4' ? 32 : 128;
  const shortened = mapped.test(text) ? 96 : 0;
  const prefix = length === undefined ? bits : Number(length) - shortened;
  if (length === '' || !Number.isInteger(prefix) || prefix < 0 || prefix > bits)
    throw new TypeError(`not an address or CIDR: ${cidr}`);
  list.addSubnet(address, prefix, family);
}

/** A set of networks; `10.0.0.0/8`, `fd00::/8`, or one address. Throws TypeError on anything else. */
export class AddressSet {
  private readonly list = new BlockList();
  readonly isEmpty: boolean;

  constructor(cidrs: readonly string[]) {
    for (const cidr of cidrs) addCidr(this.list, cidr);
    this.isEmpty = cidrs.length === 0;
  }

  has(address: string): boolean {
    return this.list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
}

/**
 * Who really calls: the socket's peer, or behind trusted proxies the right-most forwarded address that is none of
 * theirs (the left-most when all are). Null when it cannot be known, and for a proxy that does not say for whom it calls: what
 * is missing may be what would have told.
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  trustedProxies: AddressSet,
): string | null {
  let address = peer === undefined ? null : normalizeAddress(peer);
  if (address === null || !trustedProxies.has(address)) return address;
  if (forwardedFor === undefined) return null;
  const hops = forwardedFor.split(',');
  while (address !== null && trustedProxies.has(address)) {
    const hop = hops.pop()?.trim();
    if (hop === undefined) break;
    const parts = withPort.exec(hop);
    address = normalizeAddress(parts?.[1] ?? parts?.[2] ?? hop);
  }
  return address;
}
