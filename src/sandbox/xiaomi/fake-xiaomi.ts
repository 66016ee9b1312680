import type { Exchange } from '../exchange';
import {
  FakeMaker,
  formTokens,
  jsonAnswer,
  numberOf,
  refusedCall,
  type FakeMakerOptions,
  type JudgedCall,
  type ReadCall,
} from '../makers/fake-maker';
import { checkRequest } from './xiaomi-message';

export interface FakeXiaomiOptions extends FakeMakerOptions {
  readonly account: { readonly appSecret: string; readonly packageName: string };
}

/**
 * Xiaomi's push service, version 3 of its API. It answers 200 whatever it thinks. A device token is `known`, or `dead`: among the
 * bad registration ids.
 * @see https://dev.mi.com/xiaomihyperos/documentation/detail?pId=1559
 */
export class FakeXiaomi extends FakeMaker {
  readonly #account: FakeXiaomiOptions['account'];
  #lastRequest = 0;

  private constructor(options: FakeXiaomiOptions) {
    super(options);
    this.#account = options.account;
  }

  static async start(options: FakeXiaomiOptions): Promise<FakeXiaomi> {
    const fake = new FakeXiaomi(options);
    await fake.listen(options);
    return fake;
  }

  protected readCall({ body }: Exchange): ReadCall | null {
    return formTokens(body, 'registration_id');
  }

  protected codeBody(code: string): string {
    return JSON.stringify(this.#error(code, `sandbox: ${code}`));
  }

  protected judgeCall(exchange: Exchange): JudgedCall {
    const { method, path, headers, body } = exchange;
    if (path !== '/v3/message/regid' || method !== 'POST') return this.#refuse(404, '10008', `no ${path}`);
    if (headers['content-type']?.startsWith('application/x-www-form-urlencoded') !== true)
      return this.#refuse(200, '10012', 'content-type');
    if (headers.authorization !== `key=${this.#account.appSecret}`)
      return this.#refuse(200, '21301', 'authorization failed');
    const request = checkRequest(body, this.#account.packageName);
    if ('code' in request) return this.#refuse(200, String(request.code), request.detail);
    const { tokens, message } = request;
    const dead = tokens.filter((token) => this.states.get(token)?.kind === 'dead');
    if (dead.length === tokens.length) return this.#refuse(200, '20301', 'send failed');
    const bad = dead.length === 0 ? {} : { bad_regids: dead.join(',') };
    const answer = {
      result: 'ok',
      trace_id: this.#nextRequest(),
      code: 0,
      data: { id: `sdm${this.#nextRequest()}`, ...bad, day_quota: 'unlimited', day_acked: '0' },
      description: '成功',
      info: 'Received push messages for devices',
    };
    return {
      answer: jsonAnswer(200, JSON.stringify(answer)),
      taken: tokens.filter((token) => !dead.includes(token)),
      message,
      messageKey: message['extra.jobkey'] ?? message['notify_id'] ?? null,
      reason: '',
      detail: '',
    };
  }

  #refuse(status: number, code: string, detail: string): JudgedCall {
    return refusedCall(status, this.#error(code, detail), code, detail);
  }

  #error(code: string, reason: string): object {
    const trace_id = this.#nextRequest();
    return { result: 'error', reason, trace_id, code: numberOf(code), description: reason };
  }

  #nextRequest(): string {
    this.#lastRequest += 1;
    return `${String(this.clock.now())}${String(this.#lastRequest).padStart(6, '0')}`;
  }
}
