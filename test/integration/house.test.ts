import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const src = join(__dirname, '../../src');
const folders = readdirSync(src, { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => join(entry.parentPath, entry.name));

/** More than a reader takes in at one look (docs/architecture.md, "The house"). */
const mostSources = 20;

describe('the house', () => {
  it('has no folder with more sources beside each other than a reader takes in', () => {
    const crowded = [src, ...folders]
      .map((folder) => {
        const sources = readdirSync(folder).filter((name) => /\.ts$/.test(name) && !/\.test\.ts$/.test(name));
        return `${folder.slice(src.length)}: ${String(sources.length)}`;
      })
      .filter((line) => Number(line.split(': ')[1]) > mostSources);
    expect(crowded).toEqual([]);
  });
});
