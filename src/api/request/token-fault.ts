import { providerNames, providerTable, type ProviderName } from '../../domain/provider-table';
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
  const other = lookalike(provider, token);
  const hint =
    other === undefined
      ? slips.find(({ seen }) => seen.test(token))?.hint
      : `this looks like a token of ${providerTable[other].title}, which belongs to provider ${other}`;
  return hint === undefined ? fault : `${fault}; ${hint}`;
}

/** A token that the provider's rule lets through, and that most likely is another provider's. */
export function tokenDoubt(provider: ProviderName, token: string): string | null {
  const { token: rule, title } = providerTable[provider];
  const other = rule.typical?.test(token) === false ? lookalike(provider, token) : undefined;
  return other === undefined
    ? null
    : `this looks like a token of ${providerTable[other].title}; ${title} will most likely refuse it`;
}

function lookalike(provider: ProviderName, token: string): ProviderName | undefined {
  return providerNames.find(
    (other) =>
      other !== provider &&
      isDeviceToken(other, token) &&
      providerTable[other].token.typical?.test(token) === true,
  );
}
