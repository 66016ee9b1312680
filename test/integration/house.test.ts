import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { providerNames } from '../../src/domain/provider-table';

const src = join(__dirname, '../../src');
const folders = readdirSync(src, { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => join(entry.parentPath, entry.name));

/** More than a reader takes in at one look (docs/architecture.md, "Source layout"). */
const mostSources = 20;

const sources = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
);

/** A folder of more sources has one that a newcomer opens first, which tells how the rest serves it. */
const fewSources = 5;

/** Where a provider is meant and no other: the table, its own files, the fakes, the phones of demo and dashboard, and examples. */
const namesProviders = [
  'domain/provider-table.ts',
  'cli/demo/phones.ts',
  'dashboard/page/phones/cast.ts',
  'api/example.ts',
  // Three fakes report each in a shape of its own.
  'cli/sandbox/run-sandbox.ts',
  // As TangSengDaoDao's clients call them.
  'tangsengdaodao/install.ts',
  /^sandbox\//,
  new RegExp(
    `^(providers|compose/providers|config/(sections|rules)(/makers)?)/(${providerNames.join('|')})[./]`,
  ),
  'config/rules/certificates.ts',
  'config/read/google-credentials.ts',
];

describe('the house', () => {
  it('names a provider in the table and its own files only: a new one is an entry, and files of its own', () => {
    const named = providerNames.map((name) => `'${name}'`);
    const elsewhere = sources
      .filter(
        (file) =>
          !namesProviders.some((known) => known === file || (known instanceof RegExp && known.test(file))),
      )
      .filter((file) => {
        const text = readFileSync(join(src, file), 'utf8');
        return named.some((name) => text.includes(name));
      });
    expect(elsewhere).toEqual([]);
  });

  it('has no folder with more sources beside each other than a reader takes in', () => {
    const crowded = [src, ...folders]
      .map((folder) => {
        const sources = readdirSync(folder).filter((name) => /\.ts$/.test(name) && !/\.test\.ts$/.test(name));
        return `${folder.slice(src.length)}: ${String(sources.length)}`;
      })
      .filter((line) => Number(line.split(': ')[1]) > mostSources);
    expect(crowded).toEqual([]);
  });

  it('has one file to open first in each folder of many, which tells how the rest serves it', () => {
    const without = folders
      .map((folder) => readdirSync(folder).filter((name) => /\.ts$/.test(name) && !/\.test\.ts$/.test(name)))
      .map((names, at) => ({ folder: folders[at] ?? '', names }))
      .filter(({ names }) => names.length > fewSources)
      .map(({ folder, names }) => {
        const first = names.filter((name) =>
          readFileSync(join(folder, name), 'utf8').includes('Open this file first'),
        );
        return `${folder.slice(src.length)}: ${first.join(', ')}`;
      })
      .filter((line) => !/: [^,\s]+$/.test(line));
    expect(without).toEqual([]);
  });

  it('is drawn with each of its rooms', () => {
    const picture = readFileSync(join(src, '../docs/architecture.md'), 'utf8');
    const missing = readdirSync(src, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${name}/`)
      .filter((name) => !new RegExp(`^ {6}(\\S+, )?${name}`, 'm').test(picture));
    expect(missing).toEqual([]);
  });

  it('names in such a file only neighbours that exist', () => {
    const wrong = folders.flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.ts'))
        .flatMap((name) => {
          const intro = /^\/\*[^*][\s\S]*?Open this file first[\s\S]*?\*\//.exec(
            readFileSync(join(folder, name), 'utf8'),
          );
          const named = [...(intro?.[0] ?? '').matchAll(/`([\w/-]+(?:\.ts|\/))`/g)].map(
            ([, path = '']) => path,
          );
          return named
            .filter((path) => !existsSync(join(folder, path)) && !existsSync(join(src, path)))
            .map((path) => `${folder.slice(src.length)}/${name}: ${path}`);
        }),
    );
    expect(wrong).toEqual([]);
  });
});
