import { Recent } from './recent';

describe('Recent', () => {
  it('knows the last few by identity', () => {
    const recent = new Recent<object, number>(2);
    const [a, b, c] = [{}, {}, {}];
    recent.set(a, 1);
    recent.set(b, 2);
    expect([a, b, c, {}].map((key) => recent.get(key))).toEqual([1, 2, undefined, undefined]);
    recent.set(c, 3);
    expect([a, b, c].map((key) => recent.get(key))).toEqual([undefined, 2, 3]);
  });

  it('replaces what it knows without forgetting another', () => {
    const recent = new Recent<object, number>(2);
    const [a, b] = [{}, {}];
    recent.set(a, 1);
    recent.set(b, 2);
    recent.set(a, 3);
    expect([a, b].map((key) => recent.get(key))).toEqual([3, 2]);
  });
});
