import { SecretSet } from './secret-set';

describe('SecretSet', () => {
  const set = new SecretSet(['one', 'schlüssel', 'three']);

  it.each(['one', 'schlüssel', 'three', Buffer.from('schlüssel')])('has %s', (secret) =>
    expect(set.has(secret)).toBe(true),
  );

  it.each(['', 'on', 'one ', 'one\0', 'ONE', 'one,schlüssel', Buffer.from('schlüssel', 'latin1')])(
    'has no %j',
    (secret) => expect(set.has(secret)).toBe(false),
  );

  it('compares secrets of any length as a whole', () => {
    const long = 'x'.repeat(300);
    const longOnes = new SecretSet(['one', long]);
    const offered = [long, long.slice(1), `${long}x`, 'x'.repeat(5_000), 'one', 'x'];
    expect(offered.map((secret) => longOnes.has(secret))).toEqual([true, false, false, false, true, false]);
  });

  it('takes no empty secret, and without any has none', () => {
    expect(() => new SecretSet(['one', ''])).toThrow(TypeError);
    const none = new SecretSet([]);
    expect([none.isEmpty, none.has('')]).toEqual([true, false]);
  });
});
