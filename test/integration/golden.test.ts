import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { goldenCalls, goldenCases } from '../golden/cases';
import { playGolden, type GoldenFile } from '../golden/play';
import { closeConnections } from '../helpers/client';

const folder = join(__dirname, '../golden');
const cases = [...goldenCases, ...goldenCalls];
const seen = new Map<string, GoldenFile>();

beforeAll(async () => {
  for await (const [name, file] of playGolden()) seen.set(name, file);
});
afterAll(closeConnections);

/** Written by `npm run golden`. */
describe('what phones get', () => {
  it.each(cases)('for $name', ({ name }) => {
    expect(seen.get(name)).toEqual(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')));
  });

  it('has no file without a case', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
    expect(files.sort()).toEqual(cases.map(({ name }) => `${name}.json`).sort());
  });
});
