import type { Delivery } from '../../src/domain/notification';
import { readHarmonyAnswer } from '../../src/providers/harmony/outcomes';
import { readHonorAnswer } from '../../src/providers/honor/outcomes';
import { readHuaweiAnswer } from '../../src/providers/huawei/outcomes';
import type { Vendor } from '../../src/providers/many-tokens/vendor';
import { readMeizuAnswer } from '../../src/providers/meizu/outcomes';
import { readOppoAnswer } from '../../src/providers/oppo/outcomes';
import { readVivoAnswer } from '../../src/providers/vivo/outcomes';
import { readXiaomiAnswer } from '../../src/providers/xiaomi/outcomes';

type Read = Vendor<object>['read'];

const readers: Readonly<Record<string, Read>> = {
  huawei: readHuaweiAnswer,
  harmony: readHarmonyAnswer,
  honor: readHonorAnswer,
  xiaomi: readXiaomiAnswer,
  oppo: readOppoAnswer,
  vivo: readVivoAnswer,
  meizu: readMeizuAnswer,
};

/** Of calls of two tokens: what becomes of each. */
function kindsOf(read: Read, body: string, tokens: readonly string[] = ['one', 'two']): string[] {
  const deliveries = tokens.map((token) => ({ token }) as Delivery);
  const headers = { 'content-type': 'application/json' };
  const verdict = read({ kind: 'response', status: 200, headers, body }, deliveries, 1_800_000_000_000);
  switch (verdict.kind) {
    case 'all':
      return tokens.map(() => verdict.outcome.kind);
    case 'each':
      return tokens.map((token) => (verdict.outcomes.get(token) ?? verdict.rest)?.kind ?? 'missing');
    default:
      return tokens.map(() => verdict.kind);
  }
}

const answer = (fields: object): string => JSON.stringify(fields);

describe('an answer of a maker', () => {
  it.each<[string, string, string[], string]>([
    [
      'huawei',
      'counts written as texts',
      ['unregistered', 'accepted'],
      answer({ code: '80100000', msg: answer({ success: '1', failure: '1', illegal_tokens: ['one'] }) }),
    ],
    [
      'huawei',
      'one more failure than it lists',
      ['unregistered', 'missing'],
      answer({ code: '80100000', msg: answer({ success: 0, failure: 2, illegal_tokens: ['one', 'one'] }) }),
    ],
    [
      'huawei',
      'a token that nobody asked for',
      ['missing', 'missing'],
      answer({ code: 80100000, msg: answer({ failure: 1, illegal_tokens: ['other'] }) }),
    ],
    [
      'harmony',
      'counts written as texts',
      ['unregistered', 'accepted'],
      answer({
        code: 80100000,
        msg: answer({ failure: '1', illegalTokens: { ' tokenFormatError ': ['one'] } }),
      }),
    ],
    [
      'harmony',
      'one token under a reason, as a text',
      ['rejected', 'accepted'],
      answer({ code: '80100000', msg: answer({ failure: 1, illegalTokens: { noRight: 'one' } }) }),
    ],
    [
      'honor',
      'nothing taken, and no token named',
      ['rejected', 'rejected'],
      answer({ code: 200, message: 'x', data: { sendResult: false, expireTokens: [], failTokens: '' } }),
    ],
    [
      'honor',
      'tokens in a text',
      ['unregistered', 'rejected'],
      answer({ code: 200, data: { sendResult: true, expireTokens: 'one', failTokens: 'two' } }),
    ],
    [
      'xiaomi',
      'bad tokens in a list',
      ['unregistered', 'accepted'],
      answer({ code: '0', data: { id: 1, bad_regids: ['one'] } }),
    ],
    [
      'xiaomi',
      'bad tokens twice, with blanks, and strange ones',
      ['unregistered', 'accepted'],
      answer({ code: 0, data: { bad_regids: 'one, one,,other' } }),
    ],
    [
      'oppo',
      'one target invalid and the other too fast, so nobody was accepted',
      ['rejected', 'throttled'],
      answer({
        code: 0,
        data: [
          { registrationId: 'one', errorCode: '10000' },
          { registrationId: 'two', errorCode: 13 },
        ],
      }),
    ],
    [
      'oppo',
      'one target invalid and the other accepted',
      ['unregistered', 'accepted'],
      answer({
        code: '0',
        data: [
          { registrationId: 'one', errorCode: 10000 },
          { registrationId: 'two', messageId: 5 },
        ],
      }),
    ],
    [
      'oppo',
      'no word on one target',
      ['accepted', 'missing'],
      answer({ code: 0, data: [{ registrationId: 'one' }, null, 7] }),
    ],
    [
      'vivo',
      'an invalid user of an unknown status',
      ['unavailable', 'accepted'],
      answer({ result: '0', invalidUsers: [{ userid: 'one', status: 7 }] }),
    ],
    [
      'vivo',
      'an invalid user without a status',
      ['unavailable', 'accepted'],
      answer({ result: 0, invalidUsers: [{ userid: 'one' }] }),
    ],
    [
      'meizu',
      'failed ids in a text',
      ['unregistered', 'accepted'],
      answer({ code: 200, value: { 110002: 'one' } }),
    ],
    [
      'meizu',
      'an unknown code of an id',
      ['unavailable', 'accepted'],
      answer({ code: '200', value: { 999: ['one'], 110002: null } }),
    ],
  ])('of %s: %s', (maker, _, kinds, body) => {
    expect(kindsOf(readers[maker] as Read, body)).toEqual(kinds);
  });

  it.each(Object.keys(readers))(
    'of %s that is no object of theirs is tried again, and removes nothing',
    (maker) => {
      const odd = [
        'null',
        '[]',
        '"0"',
        '0',
        '',
        '{}',
        '{"code":null,"result":null}',
        '{"code":[0],"result":{}}',
        '{"code":true}',
      ];
      const codes = [
        '1e999',
        '80000000000000000000000',
        '-0.5',
        '"__proto__"',
        '"constructor"',
        '"toString"',
        '"0x0"',
        '" 0"',
      ];
      const bodies = [...odd, ...codes.map((code) => `{"code":${code},"result":${code}}`)];
      for (const body of bodies)
        expect([body, kindsOf(readers[maker] as Read, body)]).toEqual([body, ['unavailable', 'unavailable']]);
    },
  );

  it.each(['null', '[]', '7', '"text"', '{}', '{"failure":1}', '{"illegal_tokens":null,"illegalTokens":[]}'])(
    'of Huawei for a part of the tokens that does not say which is ambiguous for all: %s',
    (msg) => {
      for (const read of [readHuaweiAnswer, readHarmonyAnswer])
        expect(kindsOf(read, answer({ code: '80100000', msg }))).toEqual(['missing', 'missing']);
    },
  );
});
