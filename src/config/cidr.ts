import { isIP } from 'node:net';

/** Names that Express and nginx users know for address ranges. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/** `address/prefix`, or a name of {@link NAMED} as it stands; null when it is neither. */
export function normalizeCidr(value: string): string | null {
  const [address = '', prefix, ...rest] = value.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || address.includes('%')) return null;
  const max = family === 4 ? 32 : 128;
  if (prefix === undefined) return `${address}/${String(max)}`;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= max ? `${address}/${String(Number(prefix))}` : null;
}

/** As {@link normalizeCidr}, and the names loopback, linklocal and uniquelocal, which are left for {@link expandCidrs}. */
export function normalizeCidrOrName(value: string): string | null {
  const name = value.toLowerCase();
  return Object.hasOwn(NAMED, name) ? name : normalizeCidr(value);
}

export function expandCidrs(values: readonly string[]): readonly string[] {
  return values.flatMap((value) => NAMED[value] ?? [value]);
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
