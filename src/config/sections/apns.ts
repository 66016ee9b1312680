import { z } from 'zod';
import type { ApnsEnvironment } from '../../domain/provider-table';
import { key } from '../key';
import { choice, flag } from '../leaves/choices';
import { list } from '../leaves/lists';
import { credential, passphrase } from '../leaves/secrets';
import { text } from '../leaves/texts';
import { httpsUrl } from '../leaves/urls';
import { readApnsKey, readCertificate, readCertificateKey } from '../credentials/pem';
import { readPfx } from '../credentials/pfx';
import type { CredentialResult } from '../credentials/credential-result';
import { Secret } from '../secret';
import type { Endpoint, ProxyChoice } from './endpoint';
import { proxyUrl } from './endpoint';

export type ApnsCredential =
  | { readonly kind: 'token'; readonly key: Secret; readonly keyId: string; readonly teamId: string }
  /** PEM both; the passphrase opens the key. */
  | {
      readonly kind: 'certificate';
      readonly cert: string;
      readonly key: Secret;
      readonly passphrase: Secret | null;
    }
  | { readonly kind: 'pfx'; readonly pfxBase64: Secret; readonly passphrase: Secret | null }
  /** The built-in sandbox hands one out at start; the endpoints' URLs are its too. */
  | { readonly kind: 'sandbox' };

export interface ApnsConfig {
  readonly credential: ApnsCredential;
  /** The bundle id. */
  readonly topic: string;
  /** APNs environments that the credential serves. */
  readonly lanes: readonly ApnsEnvironment[];
  readonly endpoints: Readonly<Record<ApnsEnvironment, Endpoint>>;
  readonly mutableContent: boolean;
  readonly contentAvailable: boolean;
}

const lanes = ['production', 'sandbox'] as const satisfies readonly ApnsEnvironment[];

const appleHosts: Readonly<Record<ApnsEnvironment, RegExp>> = {
  production: /^api\.push\.apple\.com$/,
  sandbox: /^api\.(sandbox|development)\.push\.apple\.com$/,
};

/** At the other environment's host every device token is a bad one. */
const notFor =
  (other: ApnsEnvironment) =>
  ({ hostname, pathname }: URL): string | null => {
    if (appleHosts[other].test(hostname)) return `this is Apple's host for ${other}`;
    return /\/3(\/device)?\/*$/.test(pathname) ? 'the relay adds /3/device itself' : null;
  };

const tenCharacters = (what: string) => text(`${what}: 10 capital letters and digits`, /^[A-Z0-9]{10}$/);

const secretCredential = (read: (value: string) => CredentialResult<string>) =>
  credential(read).transform((value) => new Secret(value));

export const apnsSchema = z.strictObject({
  key: key(secretCredential(readApnsKey).nullable().default(null), { env: 'APNS_KEY', secret: true }),
  key_id: key(tenCharacters('the key id, which the name of the .p8 file holds').nullable().default(null), {
    env: 'APNS_KEY_ID',
  }),
  team_id: key(tenCharacters('the team id of the Apple developer account').nullable().default(null), {
    env: 'APNS_TEAM_ID',
  }),
  topic: key(
    text(
      "the app's bundle id, like com.example.app, without .voip",
      /^(?!.*\.voip$)[A-Za-z0-9][A-Za-z0-9.-]{0,154}$/,
    )
      .nullable()
      .default(null),
    {
      env: 'APNS_TOPIC',
    },
  ),
  cert: key(secretCredential(readCertificate).nullable().default(null), { env: 'APNS_CERT', secret: true }),
  cert_key: key(secretCredential(readCertificateKey).nullable().default(null), {
    env: 'APNS_CERT_KEY',
    secret: true,
  }),
  pfx: key(secretCredential(readPfx).nullable().default(null), {
    env: 'APNS_PFX',
    secret: true,
    binary: true,
  }),
  passphrase: key(passphrase().nullable().default(null), {
    env: 'APNS_PASSPHRASE',
    secret: true,
    verbatim: true,
  }),
  environments: key(list(choice(...lanes)).default([...lanes]), {
    env: 'APNS_ENVIRONMENTS',
  }),
  url: key(httpsUrl(notFor('sandbox')).default('https://api.push.apple.com'), { env: 'APNS_URL' }),
  sandbox_url: key(httpsUrl(notFor('production')).default('https://api.sandbox.push.apple.com'), {
    env: 'APNS_SANDBOX_URL',
  }),
  proxy: key(proxyUrl().nullable().default(null), { secret: true }),
  mutable_content: flag().default(false),
  content_available: flag().default(false),
});

export type ApnsSection = z.output<typeof apnsSchema>;

/** Null where the section has no whole credential; the rules have said so by then. */
export function toApnsConfig(
  section: ApnsSection,
  isSandbox: boolean,
  proxies: ProxyChoice,
): ApnsConfig | null {
  const credential = isSandbox ? ({ kind: 'sandbox' } as const) : toApnsCredential(section);
  const topic = section.topic ?? (isSandbox ? 'com.example.app' : null);
  if (credential === null || topic === null) return null;
  const endpoint = (url: string): Endpoint => ({ url, proxyUrl: proxies.forUrl(url, section.proxy) });
  return {
    credential,
    topic,
    lanes: lanes.filter((lane) => section.environments.includes(lane)),
    endpoints: { production: endpoint(section.url), sandbox: endpoint(section.sandbox_url) },
    mutableContent: section.mutable_content,
    contentAvailable: section.content_available,
  };
}

function toApnsCredential(section: ApnsSection): ApnsCredential | null {
  const { key: p8, key_id: keyId, team_id: teamId, cert, cert_key: certKey, pfx, passphrase } = section;
  if (p8 !== null && keyId !== null && teamId !== null) return { kind: 'token', key: p8, keyId, teamId };
  if (cert !== null) return { kind: 'certificate', cert: cert.reveal(), key: certKey ?? cert, passphrase };
  return pfx === null ? null : { kind: 'pfx', pfxBase64: pfx, passphrase };
}
