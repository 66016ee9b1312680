import { readCiphertext, readPayloadFields } from './payload-fields';

describe('fields of a payload for the app', () => {
  it('are texts, numbers and booleans, under the names that the operator gave', () => {
    const payload = { order: { id: 42, paid: true }, greeting: '恭喜发财', other: 'secret' };
    expect(readPayloadFields(['order.id', 'order.paid', 'greeting', 'missing'], payload)).toEqual({
      'order.id': '42',
      'order.paid': 'true',
      greeting: '恭喜发财',
    });
    expect(readPayloadFields(['missing', 'order'], payload)).toBeNull();
  });

  it.each([
    ['an object', { value: { a: 1 } }],
    ['a list', { value: ['a'] }],
    ['an integer that JSON has rounded', JSON.parse('{"value":2124457484096540673}') as object],
    ['a number beyond all numbers', JSON.parse('{"value":1e999}') as object],
    ['null', { value: null }],
    ['half a surrogate pair', { value: '\ud83d' }],
    ['control characters', { value: 'a\u0000b' }],
    ['a text of 513 bytes', { value: `${'x'.repeat(510)}你` }],
  ])('leave out %s', (_, payload) => {
    expect(readPayloadFields(['value'], { ...payload })).toBeNull();
  });

  it('read nothing that a payload inherits', () => {
    const payload = JSON.parse('{"a":{}}') as Record<string, unknown>;
    expect(
      readPayloadFields(['constructor', '__proto__', 'a.constructor.name', 'toString'], payload),
    ).toBeNull();
  });

  it('are cut off at 1,536 bytes in all, and let what still fits through', () => {
    const payload = { a: 'x'.repeat(512), b: '"'.repeat(512), c: 'y'.repeat(512), d: 'z' };
    expect(Object.keys(readPayloadFields(['a', 'b', 'c', 'd'], payload) ?? {})).toEqual(['a', 'c', 'd']);
  });
});

describe('ciphertext for the app', () => {
  it('is the payload as it came, unless it is long or no base64', () => {
    expect(readCiphertext('TXdvaEJRMG0=')).toBe('TXdvaEJRMG0=');
    expect(readCiphertext('A'.repeat(2560))).toHaveLength(2560);
    for (const payload of ['', 'A'.repeat(2561), 'a"b', 'a b', '你好'])
      expect(readCiphertext(payload)).toBeNull();
  });
});
