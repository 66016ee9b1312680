import type { EntrySettlement } from '../../ports/inbox';

/** Portions that take about a millisecond each, so that the writer can let others run in between. */
export function settlementPortions(settlements: readonly EntrySettlement[]): EntrySettlement[][] {
  const portions: EntrySettlement[][] = [];
  let weight = heaviestPortion;
  for (const settlement of settlements) {
    if (weight >= heaviestPortion) {
      portions.push([]);
      weight = 0;
    }
    portions[portions.length - 1]?.push(settlement);
    weight += 1 + settlement.pending.length * 2;
  }
  return portions;
}

/** In rows written: about a millisecond's worth. */
const heaviestPortion = 200;
