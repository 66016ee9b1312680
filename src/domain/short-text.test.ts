import { shortText } from './short-text';

describe('short text', () => {
  it('leaves a short line as it is', () => expect(shortText('no room: 磁盘 😀')).toBe('no room: 磁盘 😀'));

  it.each([
    ['line ends and controls', 'a\r\nb\u0000c\u001b[31md', 'a b c [31md'],
    ['what turns or hides text', 'a\u202eb\u200bc\u2028d', 'a b c d'],
  ])('keeps %s out', (_, text, short) => expect(shortText(text)).toBe(short));

  it.each([299, 300, 301, 600, 601, 100_000])('is bounded for %i characters', (length) => {
    const short = shortText('x'.repeat(length));
    expect(short.length).toBeLessThanOrEqual(300);
    expect(short.endsWith('…')).toBe(length > 300);
  });

  it('cuts no character in two', () => {
    expect(shortText('😀'.repeat(400))).not.toMatch(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
  });
});
