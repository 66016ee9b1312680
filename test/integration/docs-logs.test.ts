import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogEvent } from '../../src/domain/log-events/log-event';
import { logEvents } from '../../src/domain/log-events/log-events';

const events = Object.entries<LogEvent>(logEvents);
const root = join(__dirname, '../..');
const page = readFileSync(join(root, 'docs/logs.md'), 'utf8');

/** The rows of all tables of events, cell by cell. */
const rows = page
  .slice(page.indexOf('\n## '))
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

const table = 'src/domain/log-events';
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .map((file) => `src/${file}`)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith(table))
  .map((file) => readFileSync(join(root, file), 'utf8'))
  .join('\n');

describe('docs/logs.md', () => {
  it.each(events)('explains %s as the code does', (name, { level, means, action = '', fields }) => {
    const listed = fields.map((field) => `\`${field}\``).join(', ');
    expect(rows.filter(([cell]) => cell === `\`${name}\``)).toEqual([
      [`\`${name}\``, level, means, action, listed],
    ]);
  });

  it('explains no event that there is not', () => {
    expect(rows.map(([cell]) => cell).toSorted()).toEqual(events.map(([name]) => `\`${name}\``).toSorted());
  });
});

describe('the table of events', () => {
  it.each(events)('has %s, which some line uses', (name) => {
    expect(sources).toContain(`'${name}'`);
  });

  it('keeps names in snake case', () => {
    expect(events.filter(([name]) => !/^[a-z]+(_[a-z]+)*$/.test(name))).toEqual([]);
  });
});
