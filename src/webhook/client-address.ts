import { normalizeAddress, type AddressSet } from '../shared/address-set';

const withPort = /^(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/;

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
