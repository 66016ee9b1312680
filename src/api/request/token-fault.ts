import type { ProviderName } from '../../domain/device';
import { deviceTokenFault, isDeviceToken } from '../../domain/device-token';

/** What programs do to a token on its way, and what to do about it. The first that fits is said. */
const slips: readonly { readonly seen: RegExp; readonly hint: string }[] = [
  { seen: /^\s|\s$/, hint: 'remove the spaces or line breaks around it' },
  { seen: /^[[{]/, hint: 'this is JSON; send only the token in it' },
  { seen: /^Optional\(/, hint: 'this is a Swift optional as it prints; unwrap it' },
  {
    seen: /^<.*>$|^[0-9a-f]{2,8}(?: [0-9a-f]{2,8})+$/is,
    hint: 'this is Data as iOS prints it; send its bytes in hexadecimal',
  },
  { seen: /^["'`“].*["'`”]$/s, hint: 'remove the quotes around it' },
  { seen: /[,;]/, hint: 'this looks like several tokens; register each as a device of its own' },
  { seen: /%[0-9a-f]{2}/i, hint: 'remove the percent-encoding' },
];

/** Why this is no token of the provider, to follow the name of its field, with what it looks like; null when it is one. */
export function tokenFault(provider: ProviderName, token: string): string | null {
  const fault = deviceTokenFault(provider, token);
  if (fault === null || fault.includes('nothing')) return fault;
  const hint = lookalike(provider, token) ?? slips.find(({ seen }) => seen.test(token))?.hint;
  return hint === undefined ? fault : `${fault}; ${hint}`;
}

/** A token that the provider's rule lets through, and that most likely is another provider's. */
export function tokenDoubt(provider: ProviderName, token: string): string | null {
  return provider === 'fcm' && /^[0-9a-fA-F]{64}$/.test(token)
    ? 'this looks like an APNs token; FCM will most likely refuse it'
    : null;
}

function lookalike(provider: ProviderName, token: string): string | undefined {
  const isLong = token.length > 20 && isDeviceToken('fcm', token) && /[^0-9a-fA-F]/.test(token);
  return provider === 'apns' && isLong
    ? 'this looks like an FCM token, which belongs to provider fcm'
    : undefined;
}
