import { PieceGauge } from './piece-gauge';

describe('the gauge of pieces', () => {
  it.each([
    [1, 10_000, true],
    [63, 10_000, true],
    [64, 100_000, false],
    [1, 1_000, false],
    [65_536, 100_000, false],
  ])('takes pieces of %d bytes, %d of them: given up is %s', (bytes, count, isGivenUp) => {
    const gauge = new PieceGauge();
    const verdicts = Array.from({ length: count }, () => gauge.isCrumbs(bytes));
    expect(verdicts.includes(true)).toBe(isGivenUp);
  });

  it('lets small ones pass between large ones', () => {
    const gauge = new PieceGauge();
    const verdicts = Array.from({ length: 100_000 }, (_, index) =>
      gauge.isCrumbs(index % 100 === 0 ? 16_384 : 1),
    );
    expect(verdicts).not.toContain(true);
  });
});
