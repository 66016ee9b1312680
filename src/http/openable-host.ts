/**
 * The host of a URL at which this machine reaches a server that listens on an address. No browser opens `0.0.0.0` or `::`, which
 * stand for all addresses.
 */
export function openableHost(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  if (!address.includes(':')) return address;
  return /[1-9a-f]/i.test(address) ? `[${address}]` : '[::1]';
}
