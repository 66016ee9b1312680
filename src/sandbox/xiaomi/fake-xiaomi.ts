import type { Exchange } from '../exchange';
import {
  answeredCall,
  FakeMaker,
  formTokens,
  numberOf,
  refusedCall,
  type JudgedCall,
  type ReadCall,
} from '../makers/fake-maker';
import { checkRequest } from './xiaomi-message';

/**
 * Xiaomi's push service, version 3 of its API. It answers 200 whatever it thinks. A device token is `known`, or `dead`: among the
 * bad registration ids.
 * @see https://dev.mi.com/xiaomihyperos/documentation/detail?pId=1559
 */
export class FakeXiaomi extends FakeMaker<{ readonly appSecret: string; readonly packageName: string }> {
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
    if (headers.authorization !== `key=${this.account.appSecret}`)
      return this.#refuse(200, '21301', 'authorization failed');
    const request = checkRequest(body, this.account.packageName);
    if ('code' in request) return this.#refuse(200, String(request.code), request.detail);
    const { tokens, message } = request;
    const dead = tokens.filter((token) => this.isDead(token));
    if (dead.length === tokens.length) return this.#refuse(200, '20301', 'send failed');
    const bad = dead.length === 0 ? {} : { bad_regids: dead.join(',') };
    const answer = {
      result: 'ok',
      trace_id: this.nextId(),
      code: 0,
      data: { id: `sdm${this.nextId()}`, ...bad, day_quota: 'unlimited', day_acked: '0' },
      description: '成功',
      info: 'Received push messages for devices',
    };
    const taken = tokens.filter((token) => !dead.includes(token));
    return answeredCall(answer, taken, message, message['extra.jobkey'] ?? message['notify_id'] ?? null);
  }

  #refuse(status: number, code: string, detail: string): JudgedCall {
    return refusedCall(status, this.#error(code, detail), code, detail);
  }

  #error(code: string, reason: string): object {
    const trace_id = this.nextId();
    return { result: 'error', reason, trace_id, code: numberOf(code), description: reason };
  }
}
