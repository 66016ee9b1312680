import { PassingMap } from './passing-map';

describe('a passing map', () => {
  it('is a map', () => {
    const map = new PassingMap<string, number>();
    map.set('a', 1);
    map.set('b', 2);
    map.set('a', 3);
    expect([map.size, map.get('a'), map.get('b'), map.get('c')]).toEqual([2, 3, 2, undefined]);
    expect([map.has('b'), map.has('c')]).toEqual([true, false]);
    expect(map.firstKey()).toBe('a');
    expect([map.delete('a'), map.delete('a'), map.has('a'), map.size]).toEqual([true, false, false, 1]);
    map.set('a', 4);
    expect([...map.values()]).toEqual([2, 4]);
  });

  it('may lose entries while they are looked at', () => {
    const map = new PassingMap<number, string>();
    for (const key of [1, 2, 3]) map.set(key, `v${key}`);
    const seen: string[] = [];
    for (const value of map.values()) {
      seen.push(value);
      map.delete(2);
    }
    expect(seen).toEqual(['v1', 'v3']);
  });

  it('keeps the order and what is there, however much has come and gone', () => {
    const map = new PassingMap<number, string>();
    map.set(-1, 'stays');
    for (let key = 0; key < 10_000; key += 1) {
      map.set(key, `v${key}`);
      if (key >= 3) expect(map.delete(key - 3)).toBe(true);
    }
    expect([map.size, map.firstKey(), map.get(9_999), map.get(9_996)]).toEqual([4, -1, 'v9999', undefined]);
    expect([...map.values()]).toEqual(['stays', 'v9997', 'v9998', 'v9999']);
  });

  it('holds nothing once it is cleared', () => {
    const map = new PassingMap<number, string>();
    map.set(1, 'one');
    map.clear();
    expect([map.size, map.get(1), map.firstKey(), [...map.values()]]).toEqual([0, undefined, undefined, []]);
  });
});
