import { createHash } from 'node:crypto';
import { isObject, parseObject, type JsonObject } from '../../shared/json-object';
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
import {
  characters,
  flag,
  matching,
  missingOrBadField,
  oneOf,
  text,
  whole,
  type Check,
  type Fields,
} from '../makers/field-checks';

const lifeSeconds = 86_400;
/** How far off the time of a signature may be. */
const clockMs = 600_000;
const keptMessages = 1000;

const messageFields: Fields = {
  appId: whole(1, 1e15),
  // What looks like a test is refused by a code of its own.
  title: columns(40),
  content: columns(100),
  notifyType: oneOf(1, 2, 3, 4),
  timeToLive: whole(60, 86_400),
  skipType: oneOf(1, 4),
  skipContent: (value) => typeof value === 'string' && Buffer.byteLength(value) <= 1024,
  networkType: oneOf(-1),
  classification: oneOf(0, 1),
  category: matching(/^[A-Z_]+$/),
  clientCustomMap: (value) =>
    isObject(value) && Object.keys(value).length <= 10 && Buffer.byteLength(JSON.stringify(value)) <= 1024,
  notifyId: whole(1, 2 ** 31 - 1),
  foregroundShow: flag,
};
const singleFields: Fields = {
  ...messageFields,
  regId: text,
  requestId: characters(64),
  pushMode: oneOf(0, 1),
};
const listFields: Fields = {
  appId: whole(1, 1e15),
  regIds: Array.isArray,
  taskId: text,
  requestId: characters(64),
  pushMode: oneOf(0, 1),
};
const required = ['appId', 'title', 'content', 'notifyType', 'skipType', 'classification'];

/**
 * vivo's push service. A device token is `known`, or `dead`: an invalid user of status 2. Test pushes reach test users only, and here
 * is none.
 * @see https://dev.vivo.com.cn/documentCenter/doc/362
 */
export class FakeVivo extends FakeMaker<{
  readonly appId: number;
  readonly appKey: string;
  readonly appSecret: string;
}> {
  readonly tokens = new IssuedTokens('sandbox-', this.clock);
  readonly #kept = new Map<string, JsonObject>();

  override reset(): void {
    super.reset();
    this.#kept.clear();
  }

  /** Neither a signed request for a token nor a message that is kept is a push. */
  protected override isAuthentication({ path }: Exchange): boolean {
    return path === '/message/auth';
  }

  protected override authenticate({ method, body }: Exchange): WireAnswer {
    const { appId, appKey, appSecret } = this.account;
    const given = parseObject(body.toString('utf8')) ?? {};
    const { timestamp } = given;
    const sign = createHash('md5')
      .update(`${appId}${appKey}${String(timestamp)}${appSecret}`)
      .digest('hex');
    if (method !== 'POST' || given['appId'] !== appId) return refusal('10094', 'appId is wrong');
    if (given['appKey'] !== appKey) return refusal('10200', 'appKey is wrong');
    if (typeof timestamp !== 'number' || Math.abs(this.clock.now() - timestamp) > clockMs)
      return refusal('10201', 'timestamp is wrong');
    if (given['sign'] !== sign) return refusal('10202', 'sign is wrong');
    return answerOf({ result: 0, desc: '请求成功', authToken: this.tokens.issue(lifeSeconds) });
  }

  protected readCall({ body }: Exchange): ReadCall | null {
    const { regId, regIds } = parseObject(body.toString('utf8')) ?? {};
    if (typeof regId === 'string') return { tokens: [regId] };
    return Array.isArray(regIds) ? { tokens: regIds as string[] } : null;
  }

  protected codeBody(code: string): string {
    return JSON.stringify(refusalBody(code, `sandbox: ${code}`));
  }

  protected judgeCall(exchange: Exchange): JudgedCall {
    const { method, headers, body } = exchange;
    if (method !== 'POST' || headers['content-type']?.startsWith('application/json') !== true)
      return refused('10058', 'application/json');
    const token = headers['authtoken'];
    if (typeof token !== 'string' || this.tokens.stateOf(token) !== 'valid')
      return refused('10000', 'authToken is wrong');
    const given = parseObject(body.toString('utf8'));
    if (given === null) return refused('10058', 'no JSON object');
    if (given['appId'] !== this.account.appId) return refused('10094', 'appId is not of this authToken');
    switch (exchange.path) {
      case '/message/send':
        return this.#send(given);
      case '/message/saveListPayload':
        return this.#keep(given);
      case '/message/pushToList':
        return this.#sendToList(given);
      default:
        return refused('10058', `no ${exchange.path}`, 404);
    }
  }

  #send(given: JsonObject): JudgedCall {
    const { regId, requestId: _requestId, pushMode, ...message } = given;
    const bad = missingOrBadField(given, singleFields, [...required, 'regId', 'requestId']);
    const fault = bad === null ? contentFault(message) : refused('10058', bad);
    if (fault !== null) return fault;
    const token = regId as string;
    if (this.isDead(token)) return refused('10302', 'regId is invalid');
    if (pushMode === 1)
      return accepted({ taskId: this.nextId(), invalidUser: { userid: token, status: 4 } }, [], message);
    return accepted({ taskId: this.nextId() }, [token], message);
  }

  #keep(message: JsonObject): JudgedCall {
    const bad = missingOrBadField(message, messageFields, required);
    const fault = bad === null ? contentFault(message) : refused('10058', bad);
    if (fault !== null) return fault;
    if (this.#kept.size >= keptMessages) this.#kept.clear();
    const taskId = this.nextId();
    this.#kept.set(taskId, message);
    return accepted({ taskId }, [], message);
  }

  #sendToList(given: JsonObject): JudgedCall {
    const bad = missingOrBadField(given, listFields, Object.keys(listFields));
    if (bad !== null) return refused('10058', bad);
    const message = this.#kept.get(given['taskId'] as string);
    const tokens = given['regIds'] as readonly unknown[];
    if (message === undefined) return refused('10055', 'taskId');
    if (tokens.length < 2 || tokens.length > 1000 || !tokens.every(text))
      return refused('10050', 'regIds: 2 to 1000');
    const dead = (tokens as string[]).filter((token) => this.isDead(token));
    const taken = (tokens as string[]).filter((token) => !this.isDead(token));
    if (taken.length === 0) return refused('10302', 'all regIds are invalid');
    const { requestId } = given;
    const invalidUsers = dead.map((userid) => ({ userid, status: 2 }));
    return accepted({ requestId, ...(dead.length === 0 ? {} : { invalidUsers }) }, taken, message);
  }
}

/** What vivo takes for a test: nothing but ASCII letters, digits and signs, or the word itself, or brackets. */
function contentFault(message: JsonObject): JudgedCall | null {
  const bad = ['title', 'content'].find((name) => {
    const value = String(message[name]);
    return !/[^\p{ASCII}\p{P}\p{S}\p{M}\p{N}\p{Z}]/u.test(value) || /测试|[[\]{}]/.test(value);
  });
  return bad === undefined ? null : refused('10104', bad);
}

/** Not blank, and at most so many columns, of which a Chinese character takes two. */
function columns(max: number): Check {
  return (value) =>
    characters(max)(value) && [...String(value)].join('').replace(/[一-鿿㐀-䶿]/g, 'xx').length <= max;
}

function answerOf(body: object): WireAnswer {
  return jsonAnswer(200, JSON.stringify(body));
}

function refusal(code: string, desc: string): WireAnswer {
  return answerOf(refusalBody(code, desc));
}

function refusalBody(code: string, desc: string): object {
  return { result: numberOf(code), desc };
}

function refused(code: string, detail: string, status = 200): JudgedCall {
  return refusedCall(status, refusalBody(code, detail), code, detail);
}

function accepted(more: object, taken: readonly string[], message: JsonObject): JudgedCall {
  return answeredCall({ result: 0, desc: '请求成功', ...more }, taken, message, null);
}
