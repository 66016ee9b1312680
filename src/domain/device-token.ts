import type { Device } from './device';
import { isProviderName, providerTable, type ProviderName, type TokenKind } from './provider-table';

/**
 * What programming languages print for nothing, and what the Firebase SDK has returned instead of a token, in lower case. Many installs send the same word, so it would move from
 * user to user, and everyone would get the pushes of the last one.
 */
const emptyWords: ReadonlySet<string> = new Set([
  'undefined',
  'null',
  '(null)',
  '<null>',
  'nil',
  '<nil>',
  'none',
  'nan',
  'optional(nil)',
  '[object object]',
  'object',
  'true',
  'false',
  'blacklisted',
  'service_not_available',
]);

const longestEmptyWord = Math.max(...[...emptyWords].map((word) => word.length));

/** Why this is no device token of the provider, to follow the name of its field; null when it is one. */
export function deviceTokenFault(provider: ProviderName, token: string): string | null {
  if (emptyWords.has(token.trim().toLowerCase()))
    return 'must be a device token; this is a word for “nothing”: register once the app has a token';
  const { pattern, expected } = providerTable[provider].token;
  return pattern.test(token) ? null : `must be ${expected}`;
}

export function isDeviceToken(provider: ProviderName, token: string): boolean {
  if (token.length <= longestEmptyWord && emptyWords.has(token.toLowerCase())) return false;
  return providerTable[provider].token.pattern.test(token);
}

/** Whether the provider's tokens can have this address: the whole token, or what stands before the first blank of it. */
export function isTokenAddress(provider: ProviderName, address: string): boolean {
  const { address: pattern } = providerTable[provider].token;
  return pattern === null ? isDeviceToken(provider, address) : pattern.test(address);
}

/** What of a device its tokens are read from. A stored one may have a provider that this relay does not know. */
type Holder = Pick<Device, 'token' | 'voipToken'> & { readonly provider: string };

/** The name under which a token is owned: one address belongs to one device of one provider. */
export function tokenKey(provider: string, token: string): string {
  if (!isProviderName(provider)) return `${provider}:${token}`;
  const { isCaseless, address } = providerTable[provider].token;
  const name = address === null ? token : (token.split(' ', 1)[0] ?? token);
  return `${provider}:${isCaseless ? name.toLowerCase() : name}`;
}

/** The keys under which the device's tokens are owned. */
export function tokensOf(device: Holder): string[] {
  const keys = [device.token, device.voipToken]
    .filter((token) => token !== null)
    .map((token) => tokenKey(device.provider, token));
  return [...new Set(keys)];
}

/** Whether the device still has this token. */
export function holds(device: Holder, kind: TokenKind, token: string): boolean {
  const held = kind === 'voip' ? device.voipToken : device.token;
  return held !== null && tokenKey(device.provider, held) === tokenKey(device.provider, token);
}

/** The device without these tokens; null when none is left. */
export function withoutTokens<T extends Holder>(device: T, lost: (key: string) => boolean): T | null {
  const kept = (token: string | null): string | null =>
    token !== null && lost(tokenKey(device.provider, token)) ? null : token;
  const [token, voipToken] = [kept(device.token), kept(device.voipToken)];
  return token === null && voipToken === null ? null : { ...device, token, voipToken };
}
