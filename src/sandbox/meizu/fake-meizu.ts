import { createHash } from 'node:crypto';
import { isObject, parseObject, type JsonObject } from '../../shared/json-object';
import type { Exchange } from '../exchange';
import {
  answeredCall,
  FakeMaker,
  formTokens,
  refusedCall,
  type JudgedCall,
  type ReadCall,
} from '../makers/fake-maker';
import {
  badField,
  characters,
  matching,
  missingOrBadField,
  oneOf,
  text,
  whole,
  type Fields,
} from '../makers/field-checks';

const sections: Fields = {
  noticeBarInfo: (value) =>
    isObject(value) && missingOrBadField(value, barFields, Object.keys(barFields)) === null,
  noticeExpandInfo: (value) => isObject(value) && value['noticeExpandType'] === 0,
  clickTypeInfo: (value) => isObject(value) && missingOrBadField(value, clickFields, ['clickType']) === null,
  pushTimeInfo: (value) =>
    isObject(value) && missingOrBadField(value, timeFields, ['offLine', 'validTime']) === null,
  advanceInfo: (value) => isObject(value) && badField(value, advanceFields) === null,
};
const barFields: Fields = { noticeMsgType: oneOf(0, 1), title: characters(32), content: characters(100) };
const clickFields: Fields = { clickType: oneOf(0, 1, 2), activity: text, parameters: isObject };
const timeFields: Fields = { offLine: oneOf(true), validTime: whole(1, 72) };
const advanceFields: Fields = { notificationType: isObject, notifyKey: matching(/^[\w-]{1,8}$/) };

/**
 * Meizu's push service. A device token is `known`, `dead` (110002), or `muted` (110010 of one device: notifications are off).
 * @see https://github.com/MEIZUPUSH/PushAPI
 */
export class FakeMeizu extends FakeMaker<{ readonly appId: string; readonly appSecret: string }> {
  protected readCall({ body }: Exchange): ReadCall | null {
    return formTokens(body, 'pushIds');
  }

  protected codeBody(code: string): string {
    return JSON.stringify({ code, message: `sandbox: ${code}`, value: '', redirect: '' });
  }

  protected judgeCall({ method, path, body }: Exchange): JudgedCall {
    if (path !== '/garcia/api/server/push/varnished/pushByPushId' || method !== 'POST')
      return refused('1005', `no ${path}`, 404);
    const form = new URLSearchParams(body.toString('utf8'));
    const { sign, ...given } = Object.fromEntries(form);
    if (given['appId'] !== this.account.appId) return refused('110000', 'appId');
    if (sign !== signatureOf(given, this.account.appSecret)) return refused('1006', 'sign');
    const tokens = (given['pushIds'] ?? '').split(',');
    if (tokens.length > 100 || tokens.includes('')) return refused('110004', 'pushIds: 1 to 100');
    const message = parseObject(given['messageJson'] ?? '');
    const bad =
      message === null
        ? 'messageJson'
        : missingOrBadField(message, sections, ['noticeBarInfo', 'clickTypeInfo']);
    if (message === null || bad !== null) return refused('1005', bad ?? '');
    return this.#answer(tokens, message);
  }

  #answer(tokens: readonly string[], message: JsonObject): JudgedCall {
    const failures: Record<string, string[]> = {};
    const codes: Readonly<Record<string, string>> = { dead: '110002', muted: '110010' };
    const taken: string[] = [];
    for (const token of tokens) {
      const code = codes[this.states.get(token)?.kind ?? ''];
      if (code === undefined) taken.push(token);
      else (failures[code] ??= []).push(token);
    }
    const msgId = `NS${this.nextId()}`;
    const value = Object.keys(failures).length === 0 ? '' : failures;
    const advance = message['advanceInfo'] as { notifyKey?: string } | undefined;
    const answer = { code: '200', message: '', value, redirect: '', msgId };
    return answeredCall(answer, taken, message, advance?.notifyKey ?? null, 'tokens');
  }
}

/** Of all parameters by name, not encoded. */
function signatureOf(given: Readonly<Record<string, string>>, secret: string): string {
  const pairs = Object.keys(given)
    .sort()
    .map((name) => `${name}=${given[name] ?? ''}`);
  return createHash('md5')
    .update(`${pairs.join('')}${secret}`)
    .digest('hex');
}

function refused(code: string, detail: string, status = 200): JudgedCall {
  return refusedCall(status, { code, message: detail, value: '', redirect: '' }, code, detail);
}
