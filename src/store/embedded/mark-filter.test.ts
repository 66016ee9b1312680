import { hashOf, MarkFilter } from './mark-filter';

const key = (number: number): number => hashOf(Buffer.from(`uid-${number}:m:22000000000${number}`), 0);

describe('a mark filter', () => {
  it('knows every key that was added, over several layers', () => {
    const filter = new MarkFilter();
    for (let number = 0; number < 200_000; number += 1) filter.add(key(number));
    for (let number = 0; number < 200_000; number += 1)
      if (!filter.mayHave(key(number))) throw new Error(`forgot ${number}`);
  });

  it('knows of nearly all others that they were not', () => {
    const filter = new MarkFilter();
    for (let number = 0; number < 100_000; number += 1) filter.add(key(number));
    let wrong = 0;
    for (let number = 1_000_000; number < 1_020_000; number += 1) if (filter.mayHave(key(number))) wrong += 1;
    expect(wrong).toBeLessThan(1_000);
  });

  it('has nothing at first', () => {
    expect(new MarkFilter().mayHave(key(1))).toBe(false);
  });
});
