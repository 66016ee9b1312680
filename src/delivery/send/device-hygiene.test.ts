import { pruneLimit } from './device-hygiene';

const brake = { share: 0.05, count: 100, smallShare: 0.334, smallCount: 5, windowMs: 600_000 };

describe('pruneLimit', () => {
  it.each([
    [1, 5],
    [6, 5],
    [15, 5],
    [16, 5],
    [30, 10],
    [60, 20],
    [140, 46],
    [299, 99],
    [300, 100],
    [2_000, 100],
    [2_100, 105],
    [1_000_000, 50_000],
  ])('of %i devices lets one reason take %i', (fleet, most) => {
    expect(pruneLimit(brake, fleet)).toBe(most);
  });
});
