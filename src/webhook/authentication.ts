import { createHmac, timingSafeEqual } from 'node:crypto';
import { foreignOrigin, foreignSign, type ForeignSign } from '../http/local-caller';
import { SecretSet } from '../shared/secret-set';
import { AddressSet } from '../shared/address-set';
import { clientAddress } from './client-address';
import type { RequestHead } from './request-head';
import type { WebhookTarget } from './target';

export interface AuthenticationOptions {
  readonly secrets: readonly string[];
  /** CIDRs; checked as well as the secret, alone they are the authentication. */
  readonly allowFrom: readonly string[];
  /** CIDRs whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Without secrets and networks, callers from anywhere; else only those of this machine. */
  readonly allowUnauthenticated: boolean;
}

/** `signature`: only the body can tell, so it has to be read first. */
export type Verdict =
  | { readonly kind: 'trusted' }
  | { readonly kind: 'signature'; readonly digest: Buffer }
  | { readonly kind: 'refused'; readonly reason: 'address' | 'secret'; readonly address: string | null }
  | { readonly kind: 'foreign'; readonly sign: ForeignSign };

const trusted: Verdict = { kind: 'trusted' };
const basic = /^Basic +([A-Za-z0-9+/_-]+={0,2}) *$/i;
const signature = /^sha256=([0-9a-f]{64})$/i;

/** As many as WuKongIM can be configured to send: in the path, in the query, as a password. More is guessing. */
const mostOffers = 3;

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

/** Who may send webhooks. */
export class Authentication {
  #secrets: readonly string[] = [];
  #known = new SecretSet([]);
  readonly #allowFrom: AddressSet;
  readonly #trustedProxies: AddressSet;
  readonly #allowUnauthenticated: boolean;

  constructor(options: AuthenticationOptions) {
    this.setSecrets(options.secrets);
    this.#allowFrom = new AddressSet(options.allowFrom);
    this.#trustedProxies = new AddressSet(options.trustedProxies);
    this.#allowUnauthenticated = options.allowUnauthenticated;
  }

  setSecrets(secrets: readonly string[]): void {
    this.#known = new SecretSet(secrets);
    this.#secrets = [...secrets];
  }

  check(request: RequestHead, target: WebhookTarget): Verdict {
    if (!this.#allowFrom.isEmpty) {
      const address = this.addressOf(request);
      if (address === null || !this.#allowFrom.has(address))
        return { kind: 'refused', reason: 'address', address };
    }
    if (this.#known.isEmpty) {
      const sign = this.#foreignSignOf(request);
      return sign === null ? trusted : { kind: 'foreign', sign };
    }
    if (this.#knowsAny(request, target)) return trusted;
    const hex = signature.exec(oneHeader(request.headers['x-signature-256']) ?? '')?.[1];
    if (hex !== undefined) return { kind: 'signature', digest: Buffer.from(hex, 'hex') };
    return { kind: 'refused', reason: 'secret', address: this.addressOf(request) };
  }

  /** X-Signature-256: HMAC-SHA256 of the body as it came, by any of the secrets. */
  isSignatureOf(body: Buffer, digest: Buffer): boolean {
    let found = false;
    for (const secret of this.#secrets) {
      if (timingSafeEqual(createHmac('sha256', secret).update(body).digest(), digest)) found = true;
    }
    return found;
  }

  addressOf(request: RequestHead): string | null {
    const forwarded = oneHeader(request.headers['x-forwarded-for']);
    return clientAddress(request.remoteAddress, forwarded, this.#trustedProxies);
  }

  #knowsAny(request: RequestHead, target: WebhookTarget): boolean {
    const password = basicPassword(request.headers.authorization);
    const { offeredSecrets } = target;
    const offered =
      password === null || offeredSecrets.includes(password) ? offeredSecrets : [...offeredSecrets, password];
    if (offered.length > mostOffers) return false;
    let found = false;
    for (const secret of offered) found = this.#known.has(secret) || found;
    return found;
  }

  /** An allowed address is the machine's, and not a page's that the machine's browser shows. */
  #foreignSignOf(request: RequestHead): ForeignSign | null {
    if (!this.#allowFrom.isEmpty) return foreignOrigin(request);
    return this.#allowUnauthenticated ? null : foreignSign(request);
  }
}
