import { isIP } from 'node:net';
import { normalizeCidr } from '../shared/address-set';

/** Names that Express and nginx users know for address ranges. */
const named: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/** As {@link normalizeCidr}, and the names loopback, linklocal and uniquelocal, which are left for {@link expandCidrs}. */
export function normalizeCidrOrName(value: string): string | null {
  const name = value.toLowerCase();
  return Object.hasOwn(named, name) ? name : normalizeCidr(value);
}

export function expandCidrs(values: readonly string[]): readonly string[] {
  return values.flatMap((value) => named[value] ?? [value]);
}

/** True for an address or name that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const bare = host.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
  return (
    bare === 'localhost' ||
    bare === '::1' ||
    bare === '0:0:0:0:0:0:0:1' ||
    (isIP(bare) === 4 && bare.startsWith('127.'))
  );
}

const v4Bits = 32n;
const v6Bits = 128n;
/** No network of one operator is wider: 10.0.0.0/8 is the widest private block. */
const widestPrefix = { v4: 8n, v6: 16n } as const;

/**
 * True where a list of addresses lets in the whole internet, or a large part of it: `0.0.0.0/0`, `::/0`, both halves of
 * either, or the IPv4 addresses as IPv6 writes them.
 */
export function coversEveryone(values: readonly string[]): boolean {
  const ranges = expandCidrs(values).map(rangeOf);
  const ofV4 = ranges.filter(({ isV4 }) => isV4);
  const ofV6 = ranges.filter(({ isV4, first }) => !isV4 && !isLocalV6(first));
  return (
    totalSize(ofV4) >= 1n << (v4Bits - widestPrefix.v4 + 2n) ||
    totalSize(ofV6) >= 1n << (v6Bits - widestPrefix.v6 + 2n)
  );
}

interface AddressRange {
  readonly isV4: boolean;
  readonly first: bigint;
  readonly last: bigint;
}

function rangeOf(cidr: string): AddressRange {
  const [address = '', prefixText = '0'] = cidr.split('/');
  const isV4 = isIP(address) === 4;
  const bits = isV4 ? v4Bits : v6Bits;
  const size = 1n << (bits - BigInt(prefixText));
  const value = isV4 ? bigOfV4(address) : bigOfV6(address);
  const first = (value / size) * size;
  const mapped = 0xffffn << v4Bits;
  const isMapped = !isV4 && first >= mapped && first + size <= mapped + (1n << v4Bits);
  return isMapped
    ? { isV4: true, first: first - mapped, last: first - mapped + size - 1n }
    : { isV4, first, last: first + size - 1n };
}

function bigOfV4(address: string): bigint {
  return address.split('.').reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function bigOfV6(address: string): bigint {
  const host = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = host.split('::');
  const groups = (text: string) => text.split(':').filter((group) => group !== '');
  const [before, after] = [groups(head), groups(tail ?? '')];
  const all = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return all.reduce((value, group) => (value << 16n) + BigInt(`0x${group}`), 0n);
}

/** fc00::/7 and fe80::/10: no strangers are there. */
function isLocalV6(first: bigint): boolean {
  return first >> 121n === 0xfcn >> 1n || first >> 118n === 0xfe80n >> 6n;
}

/** How many addresses the ranges hold together, each counted once. */
function totalSize(ranges: readonly AddressRange[]): bigint {
  let total = 0n;
  let end = -1n;
  for (const { first, last } of ranges.toSorted((a, b) => (a.first < b.first ? -1 : 1))) {
    if (last > end) total += last - (first > end ? first : end + 1n) + 1n;
    if (last > end) end = last;
  }
  return total;
}
