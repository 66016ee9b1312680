import { z } from 'zod';
import type { ProviderLane } from '../../../domain/provider-table';
import { readAllowedHost } from '../../../shared/webpush/allowed-hosts';
import { key } from '../../key';
import { flag } from '../../leaves/choices';
import { Fault } from '../../leaves/leaf';
import { list } from '../../leaves/lists';
import { secretText } from '../../leaves/secrets';
import { checkedText, isPublicSuffix, text } from '../../leaves/texts';
import type { Secret } from '../../secret';
import type { ProxyChoice } from '../endpoint';
import { proxyUrl } from '../endpoint';

export interface VapidPair {
  /** base64url without padding. */
  readonly publicKey: string;
  readonly privateKey: Secret;
}

export type WebPushCredential =
  | { readonly kind: 'vapid'; readonly keys: VapidPair; readonly previous: VapidPair | null }
  /** The built-in sandbox hands one out at start; its push service is reached on loopback. */
  | { readonly kind: 'sandbox' };

export interface WebPushConfig {
  /** Each subscription has its own. */
  readonly lanes: readonly ProviderLane[];
  readonly credential: WebPushCredential;
  readonly subject: string;
  /** Absolute URL with places for the conversation. */
  readonly baseUrl: string;
  readonly icon: string | null;
  readonly allowedHosts: readonly string[];
  readonly allowPrivateAddresses: boolean;
  /** CONNECT proxy to all push services. */
  readonly proxyUrl: Secret | null;
}

/** An uncompressed point of P-256: 65 bytes, the first of them 4. */
const publicKey = /^B[\w-]{86}$/;
const privateKey = /^[\w-]{43}$/;

/** Google's, Mozilla's, Apple's and Microsoft's. */
const usualHosts = [
  'fcm.googleapis.com',
  '*.push.services.mozilla.com',
  '*.push.apple.com',
  '*.notify.windows.com',
];

const subjectExpected =
  'mailto:person@domain or https://domain/… of a real domain, by which push services reach you; Apple refuses all pushes without';
/** Domains that nobody has: https://www.rfc-editor.org/rfc/rfc6761, and those of examples. */
const nobodysDomain =
  /(?:^|\.)(?:localhost|local|invalid|test|example|internal|localdomain)\.?$|(?:^|\.)example\.(?:com|net|org)$/i;

function subjectDomain(value: string): string | null {
  const mailbox = /^mailto:[^\s<>@?,]+@([a-z0-9.-]+)$/i.exec(value);
  if (mailbox !== null) return mailbox[1] ?? null;
  return /^https:\/\/[^\s<>]+$/i.test(value) && URL.canParse(value) ? new URL(value).hostname : null;
}

function subject() {
  return checkedText(subjectExpected, (value) => {
    const domain = subjectDomain(value);
    if (domain === null || !/^(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]+\.?$/i.test(domain)) return null;
    return nobodysDomain.test(domain)
      ? new Fault(`${subjectExpected}; the domain of this one is nobody's`)
      : value;
  });
}

function allowedHost() {
  const expected = 'a host name, *.name for the hosts below it, or any';
  return checkedText(expected, (value) =>
    value.startsWith('*.') && isPublicSuffix(value.slice(2))
      ? new Fault(`${expected}; anyone can have a host below ${value.slice(2)}: write any if that is meant`)
      : readAllowedHost(value),
  );
}

/** Without its places, or with any text in them, it must be a URL of the same host. */
function clickTemplate() {
  return checkedText(
    'an absolute URL https://host/…, in which {channel_type}, {channel_id}, {message_id} and {app} are filled in',
    (value) => {
      const unknown = /\{(?!(?:channel_type|channel_id|message_id|app)\})[^}]*\}?/.exec(value);
      if (unknown !== null)
        return new Fault(
          `a URL without ${unknown[0]}; known are {channel_type}, {channel_id}, {message_id} and {app}`,
        );
      if (!/^https?:\/\/[^/{}?#]+(?:[/?#]|$)/i.test(value) || !URL.canParse(value)) return null;
      const { protocol, hostname, username, password } = new URL(value);
      const isLocal = hostname === 'localhost' || hostname === '127.0.0.1';
      if (username !== '' || password !== '' || (protocol !== 'https:' && !isLocal)) return null;
      return value;
    },
  );
}

const pair = {
  public_key: key(
    text('the public VAPID key, 87 characters of base64url: vapid-keys makes a pair', publicKey)
      .nullable()
      .default(null),
    {},
  ),
  private_key: key(
    secretText('the private VAPID key, 43 characters of base64url: vapid-keys makes a pair', privateKey)
      .nullable()
      .default(null),
    { secret: true },
  ),
};

export const webPushSchema = z.strictObject({
  ...pair,
  subject: subject().nullable().default(null),
  base_url: clickTemplate().nullable().default(null),
  icon: checkedText('an absolute URL https://…', (value) =>
    /^https:\/\/[^\s/]/i.test(value) && URL.canParse(value) ? new URL(value).href : null,
  )
    .nullable()
    .default(null),
  allowed_hosts: list(allowedHost()).default([...usualHosts]),
  allow_private_addresses: flag().default(false),
  previous: z.strictObject(pair).prefault({}),
  proxy: key(proxyUrl().nullable().default(null), { secret: true }),
});

export type WebPushSection = z.output<typeof webPushSchema>;

/** Null where the section has no whole credential; the rules have said so by then. */
export function toWebPushConfig(
  section: WebPushSection,
  isSandbox: boolean,
  proxies: ProxyChoice,
): WebPushConfig | null {
  const keys = toPair(section);
  const credential = isSandbox
    ? ({ kind: 'sandbox' } as const)
    : keys === null
      ? null
      : ({ kind: 'vapid', keys, previous: toPair(section.previous) } as const);
  const contact = section.subject ?? (isSandbox ? 'mailto:push@sandbox.wukongim.com' : null);
  const baseUrl =
    section.base_url ?? (isSandbox ? 'https://chat.example.com/#/{channel_type}/{channel_id}' : null);
  if (credential === null || contact === null || baseUrl === null) return null;
  return {
    lanes: [],
    credential,
    subject: contact,
    baseUrl,
    icon: section.icon,
    allowedHosts: section.allowed_hosts,
    allowPrivateAddresses: section.allow_private_addresses,
    proxyUrl: isSandbox ? null : proxies.forUrl('https://fcm.googleapis.com', section.proxy),
  };
}

function toPair(section: Pick<WebPushSection, 'public_key' | 'private_key'>): VapidPair | null {
  if (section.public_key === null || section.private_key === null) return null;
  return { publicKey: section.public_key, privateKey: section.private_key };
}
