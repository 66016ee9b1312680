import { growthPercent, limitHeapGrowth } from './heap-growth';

describe('the growth of the heap', () => {
  it.each([
    ['nothing is on its way', 0, 0, 133],
    ['a few are', 0, 2_000, 101],
    ['little was in use', 20e6, 0, 133],
    ['some are', 0, 4_000, 77],
    ['twenty thousand are', 0, 20_000, 40],
    ['the last collection left much', 60e6, 0, 40],
    ['far more is held than wanted', 900e6, 0, 40],
  ])('is, where %s, so many percent', (_, usedBytes, pushes, percent) => {
    expect(growthPercent(usedBytes, pushes)).toBe(percent);
  });

  it('is told at once, and again when it has changed', async () => {
    const told: string[] = [];
    let pushes = 5_000;
    await new Promise<void>((resolve) => {
      const growth = limitHeapGrowth(
        () => pushes,
        (flags) => {
          told.push(flags);
          if (told.length === 1) pushes = 20_000;
          else resolve(growth.stop());
        },
      );
    });
    expect(told[0]).toMatch(/^--heap-growing-percent=\d+$/);
    expect(told[1]).toBe('--heap-growing-percent=40');
  });
});
