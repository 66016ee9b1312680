import { Repeats } from './repeats';

describe('Repeats', () => {
  it('counts what comes again', () => {
    const repeats = new Repeats(10);
    expect(['a', 'b', 'a', 'a'].map((id) => repeats.add(id))).toEqual([0, 0, 1, 2]);
    expect(repeats).toMatchObject({ distinct: 2, repeats: 2 });
    expect([repeats.countOf('a'), repeats.countOf('c')]).toEqual([3, 0]);
    repeats.clear();
    expect([repeats.distinct, repeats.countOf('a')]).toEqual([0, 0]);
  });

  it('remembers an id for at least its capacity of others, and forgets it in the end', () => {
    const repeats = new Repeats(100);
    repeats.add('first');
    for (let index = 0; index < 100; index += 1) repeats.add(`x${index}`);
    expect(repeats.add('first')).toBe(1);
    for (let index = 0; index < 300; index += 1) repeats.add(`y${index}`);
    expect(repeats.countOf('first')).toBe(0);
  });
});
