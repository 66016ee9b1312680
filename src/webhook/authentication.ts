import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { AddressSet, clientAddress } from './client-address';
import type { RequestHead } from './request-head';
import type { WebhookTarget } from './target';

export interface AuthenticationOptions {
  readonly secrets: readonly string[];
  /** CIDRs; checked as well as the secret, alone they are the authentication. */
  readonly allowFrom: readonly string[];
  /** CIDRs whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
}

/** `signature`: only the body can tell, so it has to be read first. */
export type Verdict =
  | { readonly kind: 'trusted' }
  | { readonly kind: 'signature'; readonly digest: Buffer }
  | { readonly kind: 'refused'; readonly reason: 'address' | 'secret'; readonly address: string | null };

const trusted: Verdict = { kind: 'trusted' };
const basic = /^Basic +([A-Za-z0-9+/_-]+={0,2}) *$/i;
const signature = /^sha256=([0-9a-f]{64})$/i;

function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

function basicPassword(header: string | undefined): string | null {
  const credentials = header === undefined ? undefined : basic.exec(header)?.[1];
  if (credentials === undefined) return null;
  const text = Buffer.from(credentials, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? null : text.slice(colon + 1);
}

function oneHeader(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(',') : header;
}

/**
 * Who may send webhooks. Secrets are compared as digests, all of them every time, so that neither their length nor
 * their order shows in the time it takes. Without secrets and networks everyone may (the configuration refuses that
 * on a public address).
 */
export class Authentication {
  private readonly secrets: readonly string[];
  private readonly digests: readonly Buffer[];
  /** Offered and found right before: only who knows a secret meets these. */
  private readonly known = new Set<string>();
  private readonly allowFrom: AddressSet;
  private readonly trustedProxies: AddressSet;

  constructor(options: AuthenticationOptions) {
    if (options.secrets.includes('')) throw new TypeError('a webhook secret must not be empty');
    this.secrets = [...options.secrets];
    this.digests = options.secrets.map(digestOf);
    this.allowFrom = new AddressSet(options.allowFrom);
    this.trustedProxies = new AddressSet(options.trustedProxies);
  }

  check(request: RequestHead, target: WebhookTarget): Verdict {
    if (!this.allowFrom.isEmpty) {
      const address = this.addressOf(request);
      if (address === null || !this.allowFrom.has(address))
        return { kind: 'refused', reason: 'address', address };
    }
    if (this.secrets.length === 0 || this.knowsAny(request, target)) return trusted;
    const hex = signature.exec(oneHeader(request.headers['x-signature-256']) ?? '')?.[1];
    if (hex !== undefined) return { kind: 'signature', digest: Buffer.from(hex, 'hex') };
    return { kind: 'refused', reason: 'secret', address: this.addressOf(request) };
  }

  /** X-Signature-256: HMAC-SHA256 of the body as it came, by any of the secrets. */
  isSignatureOf(body: Buffer, digest: Buffer): boolean {
    let found = false;
    for (const secret of this.secrets) {
      if (timingSafeEqual(createHmac('sha256', secret).update(body).digest(), digest)) found = true;
    }
    return found;
  }

  addressOf(request: RequestHead): string | null {
    const forwarded = oneHeader(request.headers['x-forwarded-for']);
    return clientAddress(request.remoteAddress, forwarded, this.trustedProxies);
  }

  private knowsAny(request: RequestHead, target: WebhookTarget): boolean {
    const password = basicPassword(request.headers.authorization);
    const offered = password === null ? target.offeredSecrets : [...target.offeredSecrets, password];
    let found = false;
    for (const secret of offered) {
      if (this.known.has(secret)) {
        found = true;
        continue;
      }
      const offeredDigest = digestOf(secret);
      for (const digest of this.digests) {
        if (!timingSafeEqual(digest, offeredDigest)) continue;
        found = true;
        this.known.add(secret);
      }
    }
    return found;
  }
}
