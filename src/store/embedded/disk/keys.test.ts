import {
  afterKey,
  compositeKey,
  numberedKey,
  prefixEnd,
  sequenceKey,
  sequenceOf,
  textKey,
  timeBytes,
} from './keys';

describe('keys', () => {
  it('tells lists of texts apart, whatever the texts are made of', () => {
    const texts = [
      '',
      'a',
      'b',
      'ab',
      'a\u0000',
      '\u0000',
      '\u0000a',
      ':',
      'a:b',
      '"',
      '漢',
      'x'.repeat(400),
      'x'.repeat(401),
      'x'.repeat(402),
    ];
    const keys = texts.flatMap((one) => texts.map((other) => compositeKey(one, other).toString('hex')));
    expect(new Set(keys).size).toBe(texts.length ** 2);
  });

  it('fit into what LMDB takes, however long the texts are', () => {
    expect(compositeKey('漢'.repeat(5_000), 'y'.repeat(5_000)).length).toBeLessThan(100);
    expect(textKey('x'.repeat(400))).toHaveLength(402);
  });

  it('start with the key of their first text, and with that of no other', () => {
    const prefix = textKey('a');
    const end = prefixEnd(prefix);
    const inside = (key: Buffer): boolean => Buffer.compare(key, prefix) >= 0 && Buffer.compare(key, end) < 0;
    expect(inside(compositeKey('a', 'anything'))).toBe(true);
    expect(inside(numberedKey('a', 2, '\uffff'))).toBe(true);
    for (const other of ['', 'b', 'aa', 'a\u0000', '\u0000'])
      expect(inside(compositeKey(other, 'a'))).toBe(false);
  });

  it('end after everything that starts with them, also where bytes are at their highest', () => {
    for (const prefix of [Buffer.from([1, 0xff]), Buffer.from([0xff, 0xff]), Buffer.from([0])]) {
      expect(
        Buffer.compare(Buffer.concat([prefix, Buffer.from([0xff, 0xff])]), prefixEnd(prefix)),
      ).toBeLessThan(0);
    }
  });

  it('have none between them and the one after', () => {
    expect(afterKey(Buffer.from([5]))).toEqual(Buffer.from([5, 0]));
  });

  it('sort sequences and times as numbers', () => {
    const numbers = [0, 1, 255, 256, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 7, Number.MAX_SAFE_INTEGER];
    const keys = numbers.map(sequenceKey);
    expect([...keys].sort((one, other) => Buffer.compare(one, other))).toEqual(keys);
    expect(keys.map(sequenceOf)).toEqual(numbers);
    const times = [
      -5,
      0,
      1_767_000_000_000,
      1_767_000_000_001,
      Number.MAX_SAFE_INTEGER,
      Number.POSITIVE_INFINITY,
    ].map((atMs) => timeBytes(atMs).toString('hex'));
    expect([...times].sort()).toEqual(times);
    expect(timeBytes(Number.NaN)).toEqual(timeBytes(0));
  });
});
