import { PassingMap } from './passing-map';

describe('a passing map', () => {
  it('is a map', () => {
    const map = new PassingMap<string, number>();
    map.set('a', 1);
    map.set('b', 2);
    map.set('a', 3);
    expect([map.size, map.get('a'), map.get('b'), map.get('c')]).toEqual([2, 3, 2, undefined]);
    expect([map.has('b'), map.has('c')]).toEqual([true, false]);
    expect([...map.keys()]).toEqual(['a', 'b']);
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

  it('holds nothing once it is cleared', () => {
    const map = new PassingMap<number, string>();
    map.set(1, 'one');
    map.clear();
    expect([map.size, map.get(1), [...map.values()]]).toEqual([0, undefined, []]);
  });
});
