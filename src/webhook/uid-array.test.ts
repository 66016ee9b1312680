import { UidArray } from './uid-array';

function uidsOf(text: string): readonly unknown[] | null {
  const array = UidArray.find(Buffer.from(text));
  return array === null ? null : [...array.slices()].flat();
}

/** The same numbers each time: mulberry32. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

describe('UidArray', () => {
  it.each([0, 1, 499, 500, 501, 1_000, 1_700])('reads %d uids in their order', (count) => {
    const uids = Array.from({ length: count }, (_, index) => `用户"${index}\\,]\n`);
    for (const indent of [0, 1]) {
      const text = JSON.stringify(
        { payload: '[{"', header: { to_uids: ['no'] }, to_uids: uids, a: [1] },
        null,
        indent,
      );
      expect(uidsOf(text)).toEqual(uids);
      const around = JSON.parse(UidArray.find(Buffer.from(text))?.textAround() ?? '') as unknown;
      expect(around).toEqual({ payload: '[{"', header: { to_uids: ['no'] }, to_uids: [], a: [1] });
    }
  });

  it('gives them out in parts', () => {
    const array = UidArray.find(Buffer.from(JSON.stringify({ to_uids: new Array(1_200).fill('u') })));
    expect([...(array?.slices() ?? [])].map((slice) => slice.length)).toEqual([500, 500, 200]);
  });

  it.each([
    ['there is none', '{"a":["b"]}'],
    ['it is no array', '{"to_uids":"b"}'],
    ['it is there twice', '{"to_uids":["a"],"to_uids":["b"]}'],
    ['a key is escaped', '{"to_uids":["a"],"to\\u005fuids":["b"]}'],
    ['it holds a number', '{"to_uids":["a",1]}'],
    ['it holds null', '{"to_uids":[null]}'],
    ['it holds an array', '{"to_uids":["a",["b"]]}'],
    ['it is only further inside', '{"message":{"to_uids":["a"]}}'],
    ['it does not end', '{"to_uids":["a","b'],
    ['the body does not end', '{"to_uids":["a"]'],
  ])('is none where %s', (_, text) => {
    expect(uidsOf(text)).toBeNull();
  });

  it.each(['["a",]', '[,"a"]', '["a",,"b"]', '["a" "b"]', '[,]'])('does not take %s for an array', (list) => {
    expect(() => uidsOf(`{"to_uids":${list}}`)).toThrow(SyntaxError);
    const many = `["u"${',"u"'.repeat(499)},${list.slice(1)}`;
    expect(() => uidsOf(`{"to_uids":${many}}`)).toThrow(SyntaxError);
  });

  it('takes nothing for whole that JSON.parse does not, and reads nothing else out of it', () => {
    const next = numbers(7);
    const text = JSON.stringify({ a: { b: [1, 'x'] }, to_uids: new Array(700).fill('u\\1'), to: 'é', c: [] });
    const from = text.indexOf('to_uids') - 20;
    const signs = ['"', ',', '[', ']', '{', '}', ':', '\\', ' ', 'u', '1', '\n'];
    let whole = 0;
    for (let round = 0; round < 4_000; round += 1) {
      const at = round % 2 === 0 ? next(text.length) : from + next(60);
      const cut = at + next(3);
      const changed = text.slice(0, at) + (signs[next(signs.length)] ?? '') + text.slice(cut);
      let read: readonly unknown[] | null = null;
      let around: unknown = null;
      try {
        const array = UidArray.find(Buffer.from(changed));
        read = array === null ? null : [...array.slices()].flat();
        around = array === null ? null : (JSON.parse(array.textAround()) as unknown);
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError);
        continue;
      }
      if (read === null) continue;
      whole += 1;
      expect({ ...(around as object), to_uids: read }).toEqual(JSON.parse(changed));
    }
    expect(whole).toBeGreaterThan(100);
  });
});
