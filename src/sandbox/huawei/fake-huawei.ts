import type { Exchange } from '../exchange';
import type { WireAnswer } from '../fake-provider';
import { parseObject } from '../../shared/json-object';
import { ClientCredentials, type GrantError, type MakerAccount } from '../makers/client-credentials';
import {
  answeredCall,
  FakeMaker,
  jsonAnswer,
  refusedCall,
  type JudgedCall,
  type ReadCall,
} from '../makers/fake-maker';
import { checkRequest } from './huawei-message';

const tokenPath = '/oauth2/v3/token';

/**
 * Huawei's Push Kit for Android apps and its token endpoint. A device token is `known`, or `dead`: listed as illegal.
 * @see https://developer.huawei.com/consumer/en/doc/HMSCore-References/https-send-api-0000001050986197
 */
export class FakeHuawei extends FakeMaker<MakerAccount> {
  /** The app may send data messages that wake it. */
  hasCallRight = false;
  readonly auth = new ClientCredentials(this.account, grantError, this.clock);
  readonly #path = `/v1/${this.account.clientId}/messages:send`;

  override reset(): void {
    super.reset();
    this.hasCallRight = false;
  }

  protected override isAuthentication({ path }: Exchange): boolean {
    return path === tokenPath;
  }

  protected override authenticate(exchange: Exchange): WireAnswer {
    return this.auth.answer(exchange);
  }

  protected readCall({ body }: Exchange): ReadCall | null {
    const message = parseObject(body.toString('utf8'))?.['message'] as { token?: unknown } | undefined;
    return Array.isArray(message?.token) ? { tokens: message.token as string[] } : null;
  }

  protected codeBody(code: string): string {
    return JSON.stringify({ code, msg: `sandbox: ${code}`, requestId: this.nextId() });
  }

  protected judgeCall(exchange: Exchange): JudgedCall {
    if (exchange.path !== this.#path) return this.#refuse(404, '80100001', `no ${exchange.path}`);
    if (exchange.method !== 'POST') return this.#refuse(405, '80100001', exchange.method);
    if (exchange.headers['content-type']?.startsWith('application/json') !== true)
      return this.#refuse(400, '80100001', 'content-type');
    const bearer = this.auth.tokens.bearer(exchange.headers.authorization);
    if (bearer === 'expired') return this.#refuse(401, '80200003', 'access token has expired');
    if (bearer !== 'valid') return this.#refuse(401, '80200001', `access token is ${bearer}`);
    const request = checkRequest(exchange.body, this.hasCallRight);
    if ('code' in request) return this.#refuse(400, request.code, request.detail);
    const { tokens, message } = request;
    const dead = tokens.filter((token) => this.isDead(token));
    if (dead.length === tokens.length) return this.#refuse(400, '80300007', 'all device tokens are invalid');
    const taken = tokens.filter((token) => !dead.includes(token));
    const result = { success: taken.length, failure: dead.length, illegal_tokens: dead };
    const [code, msg] = dead.length === 0 ? ['80000000', 'Success'] : ['80100000', JSON.stringify(result)];
    const shown = message['android'] as { notification?: { tag?: string } } | undefined;
    const answer = { code, msg, requestId: this.nextId() };
    return answeredCall(answer, taken, message, shown?.notification?.tag ?? null);
  }

  #refuse(status: number, code: string, detail: string): JudgedCall {
    return refusedCall(status, { code, msg: detail, requestId: this.nextId() }, code, detail);
  }
}

const grantErrors: Readonly<Record<GrantError, readonly [subError: number, description: string]>> = {
  method: [20001, 'only POST'],
  form: [20001, 'not a form'],
  grant_type: [20002, 'grant_type is not supported'],
  client: [20044, 'client_id is not known'],
  secret: [20042, 'client_secret is wrong'],
};

/** Huawei's token endpoint has numbers for what RFC 6749 has words for. */
function grantError(error: GrantError): WireAnswer {
  const [subError, description] = grantErrors[error];
  return jsonAnswer(
    400,
    JSON.stringify({ error: 1101, sub_error: subError, error_description: description }),
  );
}
