import type { ProviderName } from './device';

/** What a provider's device tokens look like, for the door (API, import) and for the sender alike. */
export interface DeviceTokenRule {
  /** Of the whole token. A token is `isDeviceToken` when it matches and is none of {@link emptyWords}. */
  readonly pattern: RegExp;
  /** What a token must be, as an error says it: `must be …`. */
  readonly expected: string;
}

/**
 * - APNs: bytes in hexadecimal. Apple says not to assume a size, so only the impossible is refused: half a byte (the usual
 *   slip when `Data` is printed) and what is too short to address a device.
 * - FCM: Google's registration tokens and installation ids. No character needs escaping in JSON, in a path or in a log.
 */
export const deviceTokenRules: Readonly<Record<ProviderName, DeviceTokenRule>> = {
  apns: {
    pattern: /^(?:[0-9a-fA-F]{2}){4,256}$/,
    expected: '8 to 512 hexadecimal digits, an even number of them',
  },
  fcm: {
    pattern: /^[A-Za-z0-9_:.%~+/=-]{1,4096}$/,
    expected: '1 to 4096 letters, digits or _ : . % ~ + / = -, as the Firebase SDK returns it',
  },
};

/**
 * What programming languages print for nothing, in lower case. Many installs send the same word, so it would move from
 * user to user, and everyone would get the pushes of the last one.
 */
export const emptyWords: ReadonlySet<string> = new Set([
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
]);

/** Why this is no device token of the provider, to follow the name of its field; null when it is one. */
export function deviceTokenFault(provider: ProviderName, token: string): string | null {
  if (emptyWords.has(token.trim().toLowerCase()))
    return 'must be a device token; this is a word for “nothing”: register once the app has a token';
  const { pattern, expected } = deviceTokenRules[provider];
  return pattern.test(token) ? null : `must be ${expected}`;
}

export function isDeviceToken(provider: ProviderName, token: string): boolean {
  return deviceTokenRules[provider].pattern.test(token) && !emptyWords.has(token.toLowerCase());
}
