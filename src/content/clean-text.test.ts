import { cleanBody, cleanLine } from './clean-text';

describe('cleanBody', () => {
  it('leaves ordinary text of any script as it is', () => {
    for (const text of ['hello', '今晚七点见 🎉👨‍👩‍👧‍👦', 'سلام دنیا', 'می‌خواهم', 'ñ é ü', '🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇨🇳', 'two\nlines'])
      expect(cleanBody(text, 1000)).toBe(text);
  });

  it('removes what turns the direction of its surroundings', () => {
    expect(cleanBody('a\u202egnp.exe\u202c b\u2066c\u2069', 1000)).toBe('agnp.exe bc');
  });

  it('keeps marks of direction that concern their neighbours only', () => {
    expect(cleanBody('שלום\u200f!', 1000)).toBe('שלום\u200f!');
  });

  it('removes control characters and lone surrogates', () => {
    expect(cleanBody('a\0b\u0007c\u009fd\ud800e\ufeff', 1000)).toBe('abcde');
  });

  it('turns every kind of line break into one and drops blank lines', () => {
    expect(cleanBody('a\r\nb\rc\u2028d\u0085e\n \n\n\n  f', 1000)).toBe('a\nb\nc\nd\ne\nf');
  });

  it('turns tabs into spaces and trims', () => {
    expect(cleanBody('\n\t a\tb \n', 1000)).toBe('a b');
  });

  it('thins out piles of combining marks', () => {
    expect(cleanBody(`z${'\u0301'.repeat(400)}`, 1000)).toBe(`z${'\u0301'.repeat(8)}`);
  });

  it.each([
    ['empty', ''],
    ['blank', ' \n\t\u3000'],
    ['invisible', '\u200b\u200d\u2060\ufe0f\u00ad'],
    ['made of fillers', '\u3164\u115f\uffa0\u2800'],
    ['all control', '\u202e\u0000'],
  ])('says null of a text that is %s', (_, text) => {
    expect(cleanBody(text, 1000)).toBeNull();
  });

  it('cuts at the limit', () => {
    const clean = cleanBody('汉'.repeat(5000), 1000);
    expect(clean).toBe(`${'汉'.repeat(999)}…`);
  });

  it('does not look at the whole of a megabyte', () => {
    const huge = '\n\u0301 \t'.repeat(300_000);
    const taken: string[] = [];
    // A text that tells how much of it is taken; all that is done with the whole is to trim it.
    const watched = {
      trim: () => ({
        length: huge.trim().length,
        slice: (from: number, to: number) => taken[taken.push(huge.trim().slice(from, to)) - 1],
      }),
    } as unknown as string;
    expect(cleanBody(watched, 1000)).toBe(cleanBody(huge, 1000));
    expect(taken.map(({ length }) => length)).toEqual([4_000]);
  });
});

describe('cleanLine', () => {
  it('makes one line with single spaces', () => {
    expect(cleanLine(' Alice\n\nfrom   the\tbank \r\n', 80)).toBe('Alice from the bank');
  });

  it('does not let a name rewrite what stands around it', () => {
    expect(cleanLine('\u202eecilA\u202c\u200f\u061c\u2067x', 80)).toBe('ecilAx');
  });

  it('keeps emoji families, flags and joiners of scripts', () => {
    for (const name of ['👨‍👩‍👧‍👦', '🇩🇪 Team', 'می‌خواهم', "O'Neil 🏴󠁧󠁢󠁥󠁮󠁧󠁿"]) expect(cleanLine(name, 80)).toBe(name);
  });

  it('cuts a long name', () => {
    expect(cleanLine('n'.repeat(100), 10)).toBe(`${'n'.repeat(9)}…`);
  });

  it('says null of a blank name', () => {
    expect(cleanLine('\u2067 \u200b', 80)).toBeNull();
  });
});
