import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyEntry } from '../../src/config/key-table';
import { listKeys } from '../../src/config/key-table';

interface Row {
  readonly key: string;
  readonly variables: readonly string[];
  readonly defaultText: string | null;
}

const document = readFileSync(join(__dirname, '../../docs/configuration.md'), 'utf8');

const rows: Row[] = document.split('\n').flatMap((line) => {
  const [, keyCell = '', variableCell = '', defaultCell = ''] = line.split(' | ').join('|').split('|');
  const key = /^ ?`([\w.[\]]+)`$/.exec(keyCell)?.[1];
  if (key === undefined) return [];
  const variables = [...variableCell.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? '');
  return [{ key, variables, defaultText: /`(.+)`/.exec(defaultCell)?.[1] ?? null }];
});

const keys = listKeys();
const name = (entry: KeyEntry) => entry.path.join('.').replaceAll('.[]', '[]');
const rowOf = (entry: KeyEntry) => rows.find(({ key }) => key === name(entry));

describe('docs/configuration.md', () => {
  it('names every key of the schema once, and no other', () => {
    expect(rows.map(({ key }) => key).sort()).toEqual(keys.map(name).sort());
  });

  it.each(keys.map((entry) => [name(entry), entry] as const))('says the variables of %s', (_, entry) => {
    const twins = entry.secret === true ? [`${entry.env ?? ''}_FILE`] : [];
    expect(rowOf(entry)?.variables).toEqual(entry.env === undefined ? [] : [entry.env, ...twins]);
  });

  it.each(keys.map((entry) => [name(entry), entry] as const))('says the default of %s', (_, entry) => {
    const { data: standard } = entry.schema.safeParse(undefined);
    const isEmpty =
      standard === null || standard === undefined || (Array.isArray(standard) && standard.length === 0);
    const text = rowOf(entry)?.defaultText ?? null;
    if (isEmpty) expect(text).toBeNull();
    else expect(entry.schema.parse(text)).toEqual(standard);
  });
});
