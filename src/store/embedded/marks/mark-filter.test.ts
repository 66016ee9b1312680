import { GrowingFilter, hashOf, MarkFilter } from './mark-filter';

const key = (number: number): number => hashOf(`m:22000000000${number}`);
const filled = (keys: number): MarkFilter => {
  const filter = MarkFilter.forKeys(keys);
  for (let number = 0; number < keys; number += 1) filter.add(key(number));
  return filter;
};

describe('a mark filter', () => {
  it('knows every key that was added', () => {
    const filter = filled(50_000);
    for (let number = 0; number < 50_000; number += 1)
      if (!filter.mayHave(key(number))) throw new Error(`forgot ${number}`);
  });

  it('knows of nearly all others that they were not', () => {
    const filter = filled(65_536);
    let wrong = 0;
    for (let number = 1_000_000; number < 1_100_000; number += 1) if (filter.mayHave(key(number))) wrong += 1;
    expect(wrong).toBeLessThan(1_500);
  });

  it('has nothing at first, however small it is', () => {
    for (const keys of [0, 1, 3, 8_192]) expect(MarkFilter.forKeys(keys).mayHave(key(1))).toBe(false);
  });

  it('grows with what is added', () => {
    const filter = new GrowingFilter();
    expect(filter.mayHave(key(1))).toBe(false);
    for (let number = 0; number < 200_000; number += 1) filter.add(key(number));
    for (let number = 0; number < 200_000; number += 1)
      if (!filter.mayHave(key(number))) throw new Error(`forgot ${number}`);
    let wrong = 0;
    for (let number = 1_000_000; number < 1_050_000; number += 1) if (filter.mayHave(key(number))) wrong += 1;
    expect(wrong).toBeLessThan(2_000);
  });

  it('is the same after it was written down', () => {
    const filter = filled(1_000);
    const read = MarkFilter.decode(filter.encode());
    expect(read).not.toBeNull();
    for (let number = 0; number < 20_000; number += 1)
      if (read?.mayHave(key(number)) !== filter.mayHave(key(number))) throw new Error(`differs at ${number}`);
  });

  it('takes nothing for a filter that is none', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(5), Buffer.alloc(12)])
      expect(MarkFilter.decode(bytes)).toBeNull();
  });
});
