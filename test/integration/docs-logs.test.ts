import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogEvent } from '../../src/domain/log-events/log-event';
import { logEvents } from '../../src/domain/log-events/log-events';

const events = Object.entries<LogEvent>(logEvents);
const root = join(__dirname, '../..');

/** The rows of all tables of events, cell by cell. */
function rowsOf(file: string): string[][] {
  const page = readFileSync(join(root, file), 'utf8');
  return page
    .slice(page.indexOf('\n## '))
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const rows = rowsOf('docs/logs.md');
const chineseRows = rowsOf('docs/zh-CN/logs.md');
/** Names and values, which are the same in each language. */
const codesOf = (text: string): string[] => [...new Set(text.match(/`[^`]+`/g))].toSorted();

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

describe('docs/zh-CN/logs.md', () => {
  it('has the rows of the English page, in their order', () => {
    expect(chineseRows.map(([name]) => name)).toEqual(rows.map(([name]) => name));
  });

  it.each(rows)('explains %s with the same names and values, in Chinese', (name, ...cells) => {
    const [level, means = '', action = '', fields] = cells;
    const [, itsLevel, itsMeans = '', itsAction = '', itsFields] =
      chineseRows.find(([cell]) => cell === name) ?? [];
    expect([itsLevel, itsFields, codesOf(itsMeans + itsAction)]).toEqual([
      level,
      fields,
      codesOf(means + action),
    ]);
    expect(itsMeans).toMatch(/\p{Script=Han}/u);
    expect(itsAction === '').toBe(action === '');
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
