import { BlockList, isIP } from 'node:net';

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** An address as it is compared: IPv4-mapped IPv6 as IPv4, without a zone. Null when it is none. */
export function normalizeAddress(text: string): string | null {
  const [bare = ''] = text.trim().split('%', 1);
  const address = mapped.exec(bare)?.[1] ?? bare;
  return isIP(address) === 0 ? null : address;
}

/** `address/prefix`; an address alone is a network of one. Null when it is neither. */
export function normalizeCidr(value: string): string | null {
  const [address = '', prefix, ...rest] = value.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || address.includes('%')) return null;
  const max = family === 4 ? 32 : 128;
  if (prefix === undefined) return `${address}/${String(max)}`;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= max ? `${address}/${String(Number(prefix))}` : null;
}

/** A set of networks; `10.0.0.0/8`, `fd00::/8`, or one address. Throws TypeError on anything else. */
export class AddressSet {
  readonly #list = new BlockList();
  readonly isEmpty: boolean;

  constructor(cidrs: readonly string[]) {
    for (const cidr of cidrs) this.#add(cidr);
    this.isEmpty = cidrs.length === 0;
  }

  /** `address`: as {@link normalizeAddress} returns it. */
  has(address: string): boolean {
    return this.#list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }

  #add(cidr: string): void {
    const [text = '', prefixText] = (normalizeCidr(cidr.trim()) ?? '').split('/');
    const address = normalizeAddress(text);
    const prefix = Number(prefixText) - (mapped.test(text) ? 96 : 0);
    if (address === null || prefix < 0) throw new TypeError(`not an address or CIDR: ${cidr}`);
    this.#list.addSubnet(address, prefix, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
}
