import { SecretSet } from './secret-set';

describe('SecretSet', () => {
  const set = new SecretSet(['one', 'schlüssel', 'three']);

  it.each(['one', 'schlüssel', 'three', Buffer.from('schlüssel')])('has %s', (secret) =>
    expect(set.has(secret)).toBe(true),
  );

  it.each(['', 'on', 'one ', 'ONE', 'one,schlüssel', Buffer.from('schlüssel', 'latin1')])(
    'has no %s',
    (secret) => expect(set.has(secret)).toBe(false),
  );

  it('takes no empty secret, and without any has none', () => {
    expect(() => new SecretSet(['one', ''])).toThrow(TypeError);
    const none = new SecretSet([]);
    expect([none.isEmpty, none.has('')]).toEqual([true, false]);
  });
});
