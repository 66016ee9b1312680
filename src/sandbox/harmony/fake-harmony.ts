import { createPublicKey } from 'node:crypto';
import type { Exchange } from '../exchange';
import { isSignedBy, parseJwt, type Jwt } from '../jwt';
import { isObject, parseObject } from '../../shared/json-object';
import { answeredCall, FakeMaker, refusedCall, type JudgedCall, type ReadCall } from '../makers/fake-maker';
import { checkRequest, checkRevoke } from './harmony-message';

interface HarmonyAccount {
  readonly projectId: string;
  readonly keyId: string;
  readonly subAccount: string;
  readonly clientId: string;
  readonly publicKeyPem: string;
}

const audience = 'https://oauth-login.cloud.huawei.com/oauth2/v3/token';
const longestLifeSeconds = 86_400;

/**
 * Push Kit of HarmonyOS. A device token is `known`, or the name of a reason (`tokenFormatError`, `noRight` …) by which the
 * answer lists it.
 * @see https://developer.huawei.com/consumer/en/doc/harmonyos-references/push-scenariozed-api-response
 */
export class FakeHarmony extends FakeMaker<HarmonyAccount> {
  /** The app may ring (push-type 10). */
  hasCallRight = false;
  /** Takes no token of the account any more. */
  refusesAccount = false;
  #seen = new Set<string>();
  #revoked: ReadonlySet<string> = new Set();
  readonly #key = createPublicKey(this.account.publicKeyPem);

  /** How many tokens of the account have come. */
  get credentials(): number {
    return this.#seen.size;
  }

  /** Refuses those that have come so far. */
  revokeCredentials(): void {
    this.#revoked = new Set(this.#seen);
  }

  override reset(): void {
    super.reset();
    this.hasCallRight = false;
    this.refusesAccount = false;
  }

  protected readCall({ body }: Exchange): ReadCall | null {
    const request = parseObject(body.toString('utf8'));
    const target = request?.['target'];
    const tokens = isObject(target) ? target['token'] : request?.['token'];
    return Array.isArray(tokens) ? { tokens: tokens as string[] } : null;
  }

  protected codeBody(code: string): string {
    return JSON.stringify({ code, msg: `sandbox: ${code}`, requestId: this.nextId() });
  }

  protected judgeCall(exchange: Exchange): JudgedCall {
    const { projectId, clientId } = this.account;
    const isRevoke = exchange.path === `/v1/${clientId}/messages:revoke`;
    if (!isRevoke && exchange.path !== `/v3/${projectId}/messages:send`)
      return this.#refuse(404, '80200001', `no ${exchange.path}`);
    if (exchange.method !== 'POST') return this.#refuse(405, '80100001', exchange.method);
    if (exchange.headers['content-type']?.startsWith('application/json') !== true)
      return this.#refuse(400, '80100001', 'content-type');
    const wrong = this.#checkCredential(exchange.headers.authorization);
    if (wrong !== null) return this.#refuse(...wrong);
    const pushType = exchange.headers['push-type'];
    const request = isRevoke ? checkRevoke(exchange.body, pushType) : checkRequest(exchange.body, pushType);
    if ('code' in request) return this.#refuse(400, request.code, request.detail);
    return this.#answer(request.tokens, request.message, pushType === '10' && !this.hasCallRight);
  }

  #answer(tokens: readonly string[], message: JudgedCall['message'], lacksRight: boolean): JudgedCall {
    const illegal: Record<string, string[]> = {};
    for (const token of tokens) {
      const kind = lacksRight ? 'noPushTypeRight' : (this.states.get(token)?.kind ?? 'known');
      // The official sample has blanks around the names.
      if (kind !== 'known') (illegal[` ${kind} `] ??= []).push(token);
    }
    const refused = new Set(Object.values(illegal).flat());
    const taken = tokens.filter((token) => !refused.has(token));
    const msg = { success: taken.length, failure: refused.size, illegalTokens: illegal };
    const code = refused.size === 0 ? '80000000' : taken.length === 0 ? '80300007' : '80100000';
    if (taken.length === 0) return this.#refuse(400, code, JSON.stringify(msg));
    const text = refused.size === 0 ? 'Success' : JSON.stringify(msg);
    const payload = message['payload'] as { notification?: { appMessageId?: string } } | undefined;
    const messageKey = payload?.notification?.appMessageId ?? null;
    return answeredCall({ code, msg: text, requestId: this.nextId() }, taken, message, messageKey);
  }

  #checkCredential(authorization: string | undefined): [status: number, code: string, detail: string] | null {
    const text = authorization?.startsWith('Bearer ') === true ? authorization.slice(7) : '';
    const jwt = parseJwt(text);
    if (jwt === null || this.refusesAccount) return [401, '80200001', 'no JWT of the account'];
    this.#seen.add(text);
    if (this.#revoked.has(text)) return [401, '80200005', 'the JWT has expired'];
    if (!this.#isOfAccount(jwt)) return [401, '80200001', 'the JWT is not of the account'];
    const { iat, exp } = jwt.claims;
    const now = this.clock.now() / 1000;
    if (typeof iat !== 'number' || typeof exp !== 'number' || exp - iat > longestLifeSeconds)
      return [400, '80300036', 'the life of the JWT'];
    return exp <= now || iat > now + 300 ? [401, '80200005', 'the JWT has expired'] : null;
  }

  #isOfAccount(jwt: Jwt): boolean {
    const { keyId, subAccount } = this.account;
    const { header, claims } = jwt;
    const isNamed = header['kid'] === keyId && claims['iss'] === subAccount && claims['aud'] === audience;
    return isNamed && header['alg'] === 'PS256' && isSignedBy(jwt, 'PS256', this.#key);
  }

  #refuse(status: number, code: string, detail: string): JudgedCall {
    return refusedCall(status, { code, msg: detail, requestId: this.nextId() }, code, detail);
  }
}
