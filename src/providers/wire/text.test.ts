import { jsonBytes, plainBytes, shorten, shortenTexts, toJson } from './text';

describe('toJson', () => {
  it('writes what JSON.stringify writes', () => {
    const value = { a: 'x"\\\n😀中', b: [1, null] };
    expect(toJson(value)).toBe(JSON.stringify(value));
  });

  it('replaces half a character and nothing that only looks like one', () => {
    expect(JSON.parse(toJson('a\ud83d'))).toBe('a\ufffd');
    expect(JSON.parse(toJson('\\ud83d'))).toBe('\\ud83d');
    expect(JSON.parse(toJson('\\\\\ud83d\\ud83d😀'))).toBe('\\\\\ufffd\\ud83d😀');
  });
});

describe('shorten', () => {
  it('returns a text that fits as it is', () => {
    expect(shorten('hello', 5, plainBytes)).toBe('hello');
    expect(shorten('', 0, plainBytes)).toBe('');
  });

  it('keeps within the limit and cuts no character, for every limit', () => {
    const text = 'Hi 👨‍👩‍👧‍👦 你好 🇨🇳 e\u0301"\\ end';
    const whole = [...new Intl.Segmenter('und').segment(text)].map(({ segment }) => segment);
    for (let limit = 3; limit < plainBytes(text); limit += 1) {
      const short = shorten(text, limit, plainBytes) as string;
      expect(plainBytes(short)).toBeLessThanOrEqual(limit);
      expect(short.endsWith('…')).toBe(true);
      const kept = short.slice(0, -1);
      expect(whole.map((_, index) => whole.slice(0, index).join('').trimEnd())).toContain(kept);
    }
  });

  it('counts what JSON makes of quotes and control characters', () => {
    const short = shorten('"'.repeat(50), 21, jsonBytes) as string;
    expect(jsonBytes(short)).toBeLessThanOrEqual(21);
    expect(short).toBe(`${'"'.repeat(9)}…`);
  });

  it('says so when not even the ellipsis fits', () => {
    expect(shorten('hello', 2, plainBytes)).toBeNull();
    expect(shorten('hello', -5, plainBytes)).toBeNull();
  });

  it('looks at no more of a huge text than of a long one', () => {
    let measured = 0;
    const counting = (text: string) => {
      measured += text.length;
      return plainBytes(text);
    };
    const huge = '👨‍👩‍👧‍👦中'.repeat(1_000_000);
    expect(plainBytes(shorten(huge, 1000, counting) as string)).toBeLessThanOrEqual(1000);
    expect(measured).toBeLessThanOrEqual(1000);
  });

  it('leaves only the ellipsis of one endless character', () => {
    expect(shorten(`e${'\u0301'.repeat(5000)}`, 100, plainBytes)).toBe('…');
  });
});

describe('shortenTexts', () => {
  it('takes from the body first', () => {
    expect(shortenTexts({ title: 'Title', body: 'a long body' }, 4, plainBytes)).toEqual({
      title: 'Title',
      body: 'a lo…',
    });
  });

  it('takes from the title what the body cannot give', () => {
    const texts = shortenTexts({ title: 'A very long title', body: 'body' }, 5, plainBytes);
    expect(texts).toEqual({ title: 'A very lon…', body: '…' });
    const before = plainBytes('A very long title') + plainBytes('body');
    expect(before - plainBytes(texts?.title ?? '') - plainBytes(texts?.body ?? '')).toBeGreaterThanOrEqual(5);
  });

  it('says so when both cannot give enough', () => {
    expect(shortenTexts({ title: 'ab', body: 'cd' }, 10, plainBytes)).toBeNull();
    expect(shortenTexts({ title: null, body: null }, 1, plainBytes)).toBeNull();
    expect(shortenTexts({ title: null, body: 'abcd' }, 3, plainBytes)).toBeNull();
  });
});
