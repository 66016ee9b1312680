import type { ApnsEnvironment } from '../../domain/provider-table';
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Clock } from '../../domain/clock';
import { refusal, type ApnsRefusal } from './apns-reasons';
import type { Connection } from '../connection';
import { isSignedBy, parseJwt } from '../jwt';

/** A key of the developer account, as APNs knows it. */
export interface ApnsTeamKey {
  readonly keyId: string;
  readonly teamId: string;
  /** SPKI PEM, EC P-256. */
  readonly publicKeyPem: string;
  /** Bundle ids that it may push to; empty = all of the team. */
  readonly topics: readonly string[];
  /** Absent: both. */
  readonly environments?: readonly ApnsEnvironment[] | undefined;
}

export interface ApnsAuthenticationOptions {
  readonly clock: Clock;
  /** Whose changes of provider token are counted: a connection's, or all of a key's. */
  readonly tokenUpdateScope: 'connection' | 'key';
  readonly minTokenUpdateIntervalMs: number;
}

/** Who sends, and to which bundle ids; `topics` empty = any. */
export interface ApnsSender {
  readonly ok: true;
  readonly topics: readonly string[];
  /** Stands in for an absent apns-topic: a certificate has one. */
  readonly defaultTopic: string | null;
}

interface VerifiedToken {
  readonly ok: true;
  readonly key: ApnsTeamKey;
  readonly issuedAtMs: number;
  readonly sender: ApnsSender;
}

/** The provider token in use, of a connection or a key; the one before it may still arrive late. */
interface TokenUse {
  token: string;
  previous: string;
  sinceMs: number;
  wasExpired: boolean;
}

const tokenLifeMs = 3_600_000;
/** A provider's clock may run ahead by so much; Apple does not say how strict it is. */
const skewMs = 300_000;
const cachedTokens = 1000;

/**
 * Provider authentication: JWT, or client certificate.
 * @see https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns
 */
export class ApnsAuthentication {
  readonly #keys = new Map<string, { readonly key: ApnsTeamKey; readonly publicKey: KeyObject }>();
  readonly #verified = new Map<string, VerifiedToken | ApnsRefusal>();
  #keyOfConnection = new WeakMap<Connection, string>();
  #useOfConnection = new WeakMap<Connection, TokenUse>();
  readonly #useOfKey = new Map<string, TokenUse>();
  readonly #certificates = new WeakMap<Connection, ApnsSender | ApnsRefusal>();
  readonly #options: ApnsAuthenticationOptions;

  constructor(options: ApnsAuthenticationOptions) {
    this.#options = options;
  }

  trust(key: ApnsTeamKey): void {
    this.#keys.set(key.keyId, { key, publicKey: createPublicKey(key.publicKeyPem) });
    this.#verified.clear();
  }

  revoke(keyId: string): void {
    this.#keys.delete(keyId);
    this.#verified.clear();
  }

  /** The connection's token was called expired: a new one is no update too many. */
  expired(connection: Connection): void {
    const byConnection = this.#useOfConnection.get(connection);
    if (byConnection !== undefined) byConnection.wasExpired = true;
    const keyId = this.#keyOfConnection.get(connection);
    const byKey = keyId === undefined ? undefined : this.#useOfKey.get(keyId);
    if (byKey !== undefined) byKey.wasExpired = true;
  }

  check(
    connection: Connection,
    authorization: string | undefined,
    environment: ApnsEnvironment,
  ): ApnsSender | ApnsRefusal {
    if (authorization === undefined) return this.#byCertificate(connection);
    const token = this.#verify(authorization);
    if (!token.ok) return token;
    const { keyId } = token.key;
    const bound = this.#keyOfConnection.get(connection);
    if (bound === undefined) this.#keyOfConnection.set(connection, keyId);
    else if (bound !== keyId)
      return refusal('UnrelatedKeyIdInToken', `this connection began with key ${bound}`);
    if (token.key.environments?.includes(environment) === false) {
      return refusal('BadEnvironmentKeyIdInToken', `key ${keyId} is not for ${environment}`);
    }
    const now = this.#options.clock.now();
    if (now - token.issuedAtMs > tokenLifeMs) {
      this.expired(connection);
      return refusal('ExpiredProviderToken', `iat is ${Math.round((now - token.issuedAtMs) / 1000)} s ago`);
    }
    if (token.issuedAtMs - now > skewMs) return refusal('InvalidProviderToken', 'iat lies in the future');
    return this.#isUpdatedTooOften(connection, keyId, authorization, now)
      ? refusal(
          'TooManyProviderTokenUpdates',
          `a new provider token within ${this.#options.minTokenUpdateIntervalMs} ms`,
        )
      : token.sender;
  }

  #verify(authorization: string): VerifiedToken | ApnsRefusal {
    let result = this.#verified.get(authorization);
    if (result === undefined) {
      if (this.#verified.size >= cachedTokens) this.#verified.clear();
      result = this.#verifyAnew(authorization);
      this.#verified.set(authorization, result);
    }
    return result;
  }

  #verifyAnew(authorization: string): VerifiedToken | ApnsRefusal {
    const [, text = ''] = /^bearer +(\S+)$/i.exec(authorization) ?? [];
    const jwt = parseJwt(text);
    if (jwt === null) return refusal('InvalidProviderToken', 'not "bearer" and a JWT');
    if (jwt.header.alg !== 'ES256') return refusal('InvalidProviderToken', 'alg is not ES256');
    const known = typeof jwt.header.kid === 'string' ? this.#keys.get(jwt.header.kid) : undefined;
    if (known === undefined) return refusal('InvalidProviderToken', 'kid is no known key');
    if (jwt.claims.iss !== known.key.teamId)
      return refusal('InvalidProviderToken', "iss is not the key's team");
    const { iat } = jwt.claims;
    if (typeof iat !== 'number' || !Number.isSafeInteger(iat)) {
      return refusal('InvalidProviderToken', 'iat is not a whole number of seconds');
    }
    if (!isSignedBy(jwt, 'ES256', known.publicKey))
      return refusal('InvalidProviderToken', 'the signature is wrong');
    const sender: ApnsSender = { ok: true, topics: known.key.topics, defaultTopic: null };
    return { ok: true, key: known.key, issuedAtMs: iat * 1000, sender };
  }

  #isUpdatedTooOften(connection: Connection, keyId: string, token: string, now: number): boolean {
    const byKey = this.#options.tokenUpdateScope === 'key';
    const use = byKey ? this.#useOfKey.get(keyId) : this.#useOfConnection.get(connection);
    if (use === undefined) {
      const first = { token, previous: token, sinceMs: now, wasExpired: false };
      if (byKey) this.#useOfKey.set(keyId, first);
      else this.#useOfConnection.set(connection, first);
      return false;
    }
    if (use.token === token || use.previous === token) return false;
    if (!use.wasExpired && now - use.sinceMs < this.#options.minTokenUpdateIntervalMs) return true;
    use.previous = use.token;
    use.token = token;
    use.sinceMs = now;
    use.wasExpired = false;
    return false;
  }

  #byCertificate(connection: Connection): ApnsSender | ApnsRefusal {
    let result = this.#certificates.get(connection);
    if (result === undefined) {
      result = readCertificate(connection);
      this.#certificates.set(connection, result);
    }
    return result;
  }
}

function readCertificate(connection: Connection): ApnsSender | ApnsRefusal {
  const { socket } = connection;
  const { subject } = socket.getPeerCertificate();
  if (subject === undefined)
    return refusal('MissingProviderToken', 'neither authorization nor a client certificate');
  if (!socket.authorized) return refusal('BadCertificate', 'not issued by the authority of this sandbox');
  const bundleId = (subject as unknown as Readonly<Record<string, unknown>>).UID;
  if (typeof bundleId !== 'string') return refusal('BadCertificate', 'its subject has no UID');
  return { ok: true, topics: [bundleId], defaultTopic: bundleId };
}
