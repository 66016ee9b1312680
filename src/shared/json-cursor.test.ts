import { JsonBreak, JsonCursor } from './json-cursor';

function walk(text: string | Buffer, stepBytes = 1_000, maxDepth = Infinity): boolean {
  const bytes = Buffer.from(text);
  const cursor = new JsonCursor(bytes, 0, bytes.length, maxDepth);
  cursor.begin();
  while (!cursor.advance(stepBytes));
  cursor.finish();
  return true;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isWalked(text: string, stepBytes: number): boolean {
  try {
    return walk(text, stepBytes);
  } catch (error) {
    if (error instanceof JsonBreak) return false;
    throw error;
  }
}

const texts = [
  '{"a":[1,2,{"b":null}],"c":"x\\u00e9\\n\\"","d":-0.5e+3}',
  ' [ ] ',
  '{}',
  '"名"',
  '[true,false,null,0,-1,1e5,1E-5,1.25,"",[],{}]',
  '[[[[]]]]',
  '{"":{"":{}}}',
  '-0',
  '0',
];

describe('JsonCursor', () => {
  it('agrees with JSON.parse on what is JSON, wherever it pauses', () => {
    const alphabet = [...'{}[],:"\\ \n09-+.eEtrufalsn\u0001名'];
    let wrong = 0;
    let taken = 0;
    let state = 7;
    const below = (limit: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return (state >> 8) % limit;
    };
    for (let round = 0; round < 15_000; round++) {
      const letters = [...(texts[below(texts.length)] as string)];
      for (let change = below(4); change > 0; change--) {
        const letter = alphabet[below(alphabet.length)] as string;
        letters.splice(below(letters.length + 1), below(2), ...(below(3) === 0 ? [] : [letter]));
      }
      const text = letters.join('');
      if (isJson(text)) taken += 1;
      if (isJson(text) !== isWalked(text, 1 + below(20))) wrong += 1;
    }
    expect(wrong).toBe(0);
    expect(taken).toBeGreaterThan(2_500);
  });

  it.each([
    '',
    ' ',
    '1.',
    '1e',
    '01',
    '-',
    '.5',
    '[1,]',
    '[,1]',
    '{"a"}',
    '{"a":}',
    '{a:1}',
    '"\\x"',
    '"\\u12g4"',
    '"\n"',
    '[1]]',
    'nul',
    '[1',
    '"a',
  ])('breaks at %j', (text) => {
    expect(() => walk(text)).toThrow(JsonBreak);
  });

  it('nests as deep as it may and says where it is deeper', () => {
    const nested = (depth: number): string => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`;
    expect(walk(nested(64), 1_000, 64)).toBe(true);
    expect(() => walk(nested(66), 1_000, 64)).toThrow(
      expect.objectContaining({ kind: 'depth', at: expect.any(Number) as number }) as Error,
    );
    expect(walk(nested(200_000))).toBe(true);
    expect(() => walk(`${nested(20_000).slice(0, -1)}}`)).toThrow(JsonBreak);
  });

  it('counts values, not keys', () => {
    const cursor = new JsonCursor(Buffer.from('{"a":[1,2],"b":"c"}'));
    cursor.begin();
    cursor.advance(100);
    expect(cursor.values).toBe(5);
  });
});
