import { truncateText } from './truncate-text';

const bytes = (text: string) => Buffer.byteLength(text);
const family = '👨‍👩‍👧‍👦';

describe('truncateText', () => {
  it('leaves a text that fits alone', () => {
    expect(truncateText('hello', 5)).toBe('hello');
    expect(truncateText('你好', 6)).toBe('你好');
    expect(truncateText('', 0)).toBe('');
  });

  it('ends a longer one with an ellipsis within the limit', () => {
    expect(truncateText('hello world', 8)).toBe('hello…');
    expect(truncateText('你好世界', 9)).toBe('你好…');
    expect(bytes(truncateText('你好世界', 10))).toBeLessThanOrEqual(10);
  });

  it('drops white space in front of the ellipsis', () => {
    expect(truncateText('hello world again', 9)).toBe('hello…');
  });

  it.each([
    ['a family', family],
    ['a flag', '🇨🇳'],
    ['a subdivision flag', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
    ['a skin tone', '👍🏽'],
    ['an accent', 'e\u0301'],
    ['a keycap', '1️⃣'],
    ['a Hangul syllable of jamo', '\u1112\u1161\u11ab'],
  ])('never tears %s', (_, cluster) => {
    const text = cluster.repeat(20);
    for (let maxBytes = 3; maxBytes <= bytes(text); maxBytes += 1) {
      const cut = truncateText(text, maxBytes);
      expect(bytes(cut)).toBeLessThanOrEqual(maxBytes);
      const kept = cut === text ? cut : cut.slice(0, -1);
      if (kept.length >= cluster.length || kept === '')
        expect(kept).toBe(cluster.repeat(kept.length / cluster.length));
    }
  });

  it('keeps the whole flags in front of a torn one', () => {
    expect(truncateText(`🇨🇳🇩🇪🇫🇷${'x'.repeat(50)}`, 23)).toBe('🇨🇳🇩🇪…');
  });

  it('cuts a single cluster that is larger than the limit between code points', () => {
    const zalgo = `z${'\u0301'.repeat(500)}`;
    const cut = truncateText(zalgo, 20);
    expect(bytes(cut)).toBeLessThanOrEqual(20);
    expect(cut.startsWith('z\u0301')).toBe(true);
  });

  it('obeys a limit of units as well', () => {
    expect(truncateText('abcdef', 100, 4)).toBe('abc…');
    expect(truncateText('😀😀😀', 100, 4)).toBe('😀…');
  });

  it('has nothing to say in less than an ellipsis', () => {
    expect(truncateText('hello', 2)).toBe('');
    expect(truncateText('hello', 3)).toBe('…');
  });

  it('never splits a surrogate pair and survives lone ones', () => {
    expect(truncateText('a😀b', 5)).toBe('a…');
    expect(() => truncateText('\ud83d'.repeat(50), 20)).not.toThrow();
  });

  it('does the work of the limit, not of the text', () => {
    const huge = '汉字👨‍👩‍👧‍👦'.repeat(100_000);
    let farthest = 0;
    const upTo = <T>(index: number, value: T): T => {
      farthest = Math.max(farthest, index);
      return value;
    };
    // A text that tells how far it is looked at.
    const watched = {
      length: huge.length,
      codePointAt: (index: number) => upTo(index, huge.codePointAt(index)),
      charCodeAt: (index: number) => upTo(index, huge.charCodeAt(index)),
      slice: (from: number, to: number) => upTo(to, huge.slice(from, to)),
    } as unknown as string;
    expect(truncateText(watched, 3000)).toBe(truncateText(huge, 3000));
    expect(farthest).toBeGreaterThan(0);
    expect(farthest).toBeLessThanOrEqual(3000);
  });
});
