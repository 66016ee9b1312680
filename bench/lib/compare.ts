import type { Measurement } from './measurement';
import { showNumber, table } from './table';

export interface Stored {
  readonly measurements: readonly Measurement[];
}

export interface Comparison {
  readonly text: string;
  /** Keys and names of what got worse by more than the tolerance. */
  readonly regressions: readonly string[];
}

/**
 * Only values that say of themselves that they are `compared`: ratios to node-apn in the same run, and memory. A
 * measurement that the baseline does not know, or the other way round, is no regression.
 */
export function compare(baseline: Stored, now: readonly Measurement[], tolerance: number): Comparison {
  const rows: string[][] = [];
  const regressions: string[] = [];
  for (const { key, values } of now) {
    const before = baseline.measurements.find((one) => one.key === key);
    for (const { name, value, compared } of values) {
      const old = before?.values.find((one) => one.name === name)?.value;
      if (compared === undefined || old === undefined) continue;
      const change = value / old - 1;
      const worse = compared === 'lower_is_better' ? change : -change;
      // A value that is no number must not pass for a good one.
      const isWorse = !(worse <= tolerance);
      if (isWorse) regressions.push(`${key} ${name}`);
      const verdict = isWorse ? 'REGRESSION' : worse < -tolerance ? 'better' : 'same';
      rows.push([`${key} ${name}`, showNumber(old), showNumber(value), percent(change), verdict]);
    }
  }
  const heading = ['', 'baseline', 'now', 'change', `tolerance ${Math.round(tolerance * 100)} %`];
  return { text: rows.length === 0 ? 'nothing to compare' : table(heading, rows), regressions };
}

function percent(change: number): string {
  return `${change >= 0 ? '+' : ''}${(change * 100).toFixed(0)} %`;
}
