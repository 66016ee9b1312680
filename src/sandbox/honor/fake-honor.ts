import { isObject, parseObject, type JsonObject } from '../../shared/json-object';
import type { Exchange } from '../exchange';
import type { WireAnswer } from '../fake-provider';
import { ClientCredentials, type GrantError } from '../makers/client-credentials';
import {
  answeredCall,
  FakeMaker,
  jsonAnswer,
  numberOf,
  refusedCall,
  type JudgedCall,
  type ReadCall,
} from '../makers/fake-maker';
import {
  badField,
  https,
  matching,
  missingOrBadField,
  oneOf,
  text,
  whole,
  type Fields,
} from '../makers/field-checks';

const requestFields: Fields = { data: text, android: isObject, token: Array.isArray };
const androidFields: Fields = {
  ttl: (value) => matching(/^\d+s$/)(value) && Number.parseInt(String(value), 10) <= 1_296_000,
  biTag: text,
  targetUserType: oneOf(0, 1),
  notification: isObject,
};
const notificationFields: Fields = {
  title: text,
  body: text,
  image: https,
  clickAction: (value) =>
    isObject(value) && (value['type'] === 3 || (value['type'] === 1 && text(value['intent']))),
  importance: oneOf('NORMAL', 'LOW'),
  tag: text,
  notifyId: whole(1, 2 ** 31 - 1),
  badge: (value) => isObject(value) && missingOrBadField(value, badgeFields, ['badgeClass']) === null,
};
const badgeFields: Fields = { badgeClass: text, addNum: whole(1, 99), setNum: whole(0, 99) };

/**
 * Honor's push service and its token endpoint. A device token is `known`, `dead` (among the expired ones), or `foreign` (among the
 * failed ones).
 * @see https://developer.honor.com/cn/docs/11002/guides/downlink-message
 */
export class FakeHonor extends FakeMaker<{
  readonly appId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}> {
  readonly auth = new ClientCredentials(this.account, grantError, this.clock);
  readonly #path = `/api/v1/${this.account.appId}/sendMessage`;

  protected override isAuthentication({ path }: Exchange): boolean {
    return path === '/auth/token';
  }

  protected override authenticate(exchange: Exchange): WireAnswer {
    return this.auth.answer(exchange);
  }

  protected readCall({ body }: Exchange): ReadCall | null {
    const token = parseObject(body.toString('utf8'))?.['token'];
    return Array.isArray(token) ? { tokens: token as string[] } : null;
  }

  protected codeBody(code: string): string {
    return JSON.stringify({ code: numberOf(code), message: `sandbox: ${code}` });
  }

  protected judgeCall(exchange: Exchange): JudgedCall {
    const { path, method, headers, body } = exchange;
    if (path !== this.#path || method !== 'POST') return this.#refuse(404, '404', `no ${path}`);
    const bearer = this.auth.tokens.bearer(headers.authorization);
    if (bearer !== 'valid') return this.#refuse(401, '401', `access token is ${bearer}`);
    const { timestamp } = headers;
    if (typeof timestamp !== 'string' || !/^\d{13}$/.test(timestamp))
      return this.#refuse(200, '400', 'timestamp');
    const request = parseObject(body.toString('utf8'));
    const fault = request === null ? 'no JSON object' : faultOf(request);
    if (request === null || fault !== null) return this.#refuse(200, '400', fault ?? '');
    const { token, ...message } = request;
    const tokens = token as string[];
    const ofState = (kind: string) => tokens.filter((each) => this.states.get(each)?.kind === kind);
    const [expireTokens, failTokens] = [ofState('dead'), ofState('foreign')];
    const taken = tokens.filter((each) => !expireTokens.includes(each) && !failTokens.includes(each));
    const data = { sendResult: taken.length > 0, requestId: this.nextId(), failTokens, expireTokens };
    const { notification } = (message['android'] ?? {}) as { notification?: { tag?: string } };
    const answer = { code: 200, message: 'Success', data };
    return answeredCall(answer, taken, message, notification?.tag ?? null, 'tokens');
  }

  #refuse(status: number, code: string, detail: string): JudgedCall {
    return refusedCall(status, { code: numberOf(code), message: detail }, code, detail);
  }
}

function faultOf(request: JsonObject): string | null {
  const { token, ...rest } = request;
  if (!Array.isArray(token) || token.length === 0 || token.length > 1000 || !token.every(text))
    return 'token';
  if (Buffer.byteLength(JSON.stringify(rest)) > 4096) return 'over 4096 bytes without the device tokens';
  const bad = missingOrBadField(request, requestFields, ['token', 'android']);
  if (bad !== null) return bad;
  const android = request['android'] as JsonObject;
  const { notification } = android;
  return (
    badField(android, androidFields) ??
    (isObject(notification)
      ? missingOrBadField(notification, notificationFields, ['title', 'body', 'clickAction', 'importance'])
      : null)
  );
}

/** As RFC 6749 has it. */
function grantError(error: GrantError): WireAnswer {
  const code = error === 'client' || error === 'secret' ? 'invalid_client' : 'invalid_request';
  return jsonAnswer(400, JSON.stringify({ error: code, error_description: error }));
}
