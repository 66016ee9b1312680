import { tokenKey, type Device, type TokenKind } from './device';

/** The keys under which the device's tokens are owned. */
export function tokensOf(device: Device): string[] {
  const keys = [device.token, device.voipToken]
    .filter((token) => token !== null)
    .map((token) => tokenKey(device.provider, token));
  return [...new Set(keys)];
}

/** Whether the device still has this token; APNs tokens compare without case. */
export function holds(device: Device, kind: TokenKind, token: string): boolean {
  const held = kind === 'voip' ? device.voipToken : device.token;
  return held !== null && tokenKey(device.provider, held) === tokenKey(device.provider, token);
}

/** The device without these tokens; null when none is left. */
export function withoutTokens(device: Device, lost: (key: string) => boolean): Device | null {
  const kept = (token: string | null): string | null =>
    token !== null && lost(tokenKey(device.provider, token)) ? null : token;
  const [token, voipToken] = [kept(device.token), kept(device.voipToken)];
  return token === null && voipToken === null ? null : { ...device, token, voipToken };
}
