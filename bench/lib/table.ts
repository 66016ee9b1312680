import type { Measurement, Target } from './measurement';

/** A Markdown table, its columns padded, so that it reads the same on a terminal and on a page. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => align(cells[column] ?? '', width, column)).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(heading), rule, ...rows.map(line)].join('\n');
}

function align(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}

/** Of one scenario: a row for each measurement, a column for each value that any of them has, the targets last. */
export function measurementTable(measurements: readonly Measurement[]): string {
  const columns = new Map<string, string>();
  for (const { values } of measurements)
    for (const { name, unit } of values) columns.set(name, unit === '' ? name : `${name}, ${unit}`);
  const rows = measurements.map(({ what, values, targets }) => [
    what,
    ...[...columns.keys()].map((column) => {
      const found = values.find(({ name }) => name === column);
      return found === undefined ? '' : showNumber(found.value);
    }),
    targets.map(showTarget).join('; '),
  ]);
  return table(['', ...columns.values(), 'targets'], rows);
}

function showTarget({ name, limit, sense, met }: Target): string {
  return `${name} ${sense === 'at_most' ? '≤' : '≥'} ${showNumber(limit)} ${met ? 'met' : 'MISSED'}`;
}

export function showNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
