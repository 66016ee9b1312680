import { exactMessageId } from './message-id';

describe('exactMessageId', () => {
  const raw = (): string => '9007199254740993';
  it.each([
    ['prefers the text', '5', 6, '5'],
    ['takes a safe number as it is', undefined, 42, '42'],
    ['takes an unsafe number from the raw text', '', 9007199254740992, '9007199254740993'],
    ['takes a number written as a string', null, '77', '77'],
    ['refuses zero', '0', 0, null],
    ['refuses leading zeros', '05', undefined, null],
    ['takes the number beside a text that is none', 'abc', 5, '5'],
    ['takes the number beside a number where the text belongs', 6, 5, '5'],
    ['takes the exact number beside a text that is none', {}, 9007199254740992, '9007199254740993'],
    ['refuses negative numbers', undefined, -5, null],
    ['refuses fractions', undefined, 1.5, null],
    ['refuses nothing at all', undefined, undefined, null],
    ['refuses 21 digits', '1'.repeat(21), '1'.repeat(21), null],
  ])('%s', (_name, text, number, expected) => {
    expect(exactMessageId(text, number, raw)).toBe(expected);
  });
});
