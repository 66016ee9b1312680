import { createHash } from 'node:crypto';
import type { Exchange } from '../exchange';
import type { WireAnswer } from '../fake-provider';
import { IssuedTokens } from '../issued-tokens';
import {
  answeredCall,
  FakeMaker,
  jsonAnswer,
  numberOf,
  refusedCall,
  type JudgedCall,
  type ReadCall,
} from '../makers/fake-maker';
import { checkMessages } from './oppo-message';

const lifeSeconds = 86_400;
/** How far off the time of a signature may be. */
const clockMs = 600_000;

/**
 * OPPO's push service. It answers 200 whatever it thinks. A device token is `known`, or `dead`: an invalid registration id.
 * @see https://open.oppomobile.com/new/developmentDoc/info?id=11238
 */
export class FakeOppo extends FakeMaker<{ readonly appKey: string; readonly masterSecret: string }> {
  /** The app has been switched over: own texts are refused. */
  needsTemplate = false;
  readonly tokens = new IssuedTokens('sandbox-', this.clock);

  override reset(): void {
    super.reset();
    this.needsTemplate = false;
  }

  protected override isAuthentication({ path }: Exchange): boolean {
    return path === '/server/v1/auth';
  }

  protected override authenticate({ method, body }: Exchange): WireAnswer {
    const form = new URLSearchParams(body.toString('utf8'));
    const { appKey, masterSecret } = this.account;
    const timestamp = form.get('timestamp') ?? '';
    const sign = createHash('sha256').update(`${appKey}${timestamp}${masterSecret}`).digest('hex');
    if (method !== 'POST') return this.#answer(12, 'http method');
    if (form.get('app_key') !== appKey) return this.#answer(14, 'Invalid App Key');
    if (!/^\d{13}$/.test(timestamp) || Math.abs(this.clock.now() - Number(timestamp)) > clockMs)
      return this.#answer(19, 'Invalid Timestamp');
    if (form.get('sign') !== sign) return this.#answer(18, 'Invalid Signature');
    const token = this.tokens.issue(lifeSeconds);
    return this.#answer(0, 'Success', { auth_token: token, create_time: this.clock.now() });
  }

  protected readCall({ body }: Exchange): ReadCall | null {
    const text = new URLSearchParams(body.toString('utf8')).get('messages') ?? '';
    const request = checkMessages(text, false);
    return 'code' in request ? null : { tokens: request.tokens };
  }

  protected codeBody(code: string): string {
    return JSON.stringify({ code: numberOf(code), message: `sandbox: ${code}` });
  }

  protected judgeCall({ method, path, headers, body }: Exchange): JudgedCall {
    if (path !== '/server/v1/message/notification/unicast_batch' || method !== 'POST')
      return this.#refuse(404, 12, `no ${path}`);
    if (headers['content-type']?.startsWith('application/x-www-form-urlencoded') !== true)
      return this.#refuse(200, 12, 'content-type');
    const form = new URLSearchParams(body.toString('utf8'));
    const token = form.get('auth_token');
    if (token === null) return this.#refuse(200, 29, 'Missing Auth Token');
    if (form.getAll('auth_token').length > 1 || this.tokens.stateOf(token) !== 'valid')
      return this.#refuse(200, 11, 'Invalid Auth Token');
    const request = checkMessages(form.get('messages') ?? '', this.needsTemplate);
    if ('code' in request) return this.#refuse(200, request.code, request.detail);
    const { tokens, notifications } = request;
    if (tokens.every((each) => this.isDead(each))) return this.#refuse(200, 10_000, 'Invalid RegistrationId');
    const data = tokens.map((registrationId) =>
      this.isDead(registrationId)
        ? { registrationId, errorCode: 10_000, errorMessage: 'Invalid RegistrationId' }
        : { messageId: this.nextId(), registrationId },
    );
    const [message = {}] = notifications;
    const id = message['app_message_id'];
    const taken = tokens.filter((each) => !this.isDead(each));
    const answer = { code: 0, message: 'Success', data };
    return answeredCall(answer, taken, message, typeof id === 'string' ? id : null);
  }

  #answer(code: number, message: string, data: unknown = null): WireAnswer {
    return jsonAnswer(200, JSON.stringify({ code, message, data }));
  }

  #refuse(status: number, code: number, detail: string): JudgedCall {
    return refusedCall(status, { code, message: detail }, String(code), detail);
  }
}
