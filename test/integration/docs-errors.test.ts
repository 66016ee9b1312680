import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemCodes } from '../../src/api/problem';

const page = readFileSync(join(__dirname, '../../docs/errors.md'), 'utf8');
const documented = new Map(
  [...page.matchAll(/^### `(\w+)`\n\nStatus (\d+): \*\*([^*]+)\.\*\*/gm)].map(
    ([, code = '', status, title]) => [code, { status: Number(status), title: title?.replaceAll('\n', ' ') }],
  ),
);

describe('docs/errors.md', () => {
  it.each(Object.entries(problemCodes))(
    'explains %s with its status and title',
    (code, { status, title }) => {
      expect(documented.get(code)).toEqual({ status, title });
    },
  );

  it('explains no code that there is not, and none twice', () => {
    const headings = [...page.matchAll(/^### (.*)$/gm)].map(([, heading]) => heading);
    expect(headings.toSorted()).toEqual(
      Object.keys(problemCodes)
        .map((code) => `\`${code}\``)
        .toSorted(),
    );
  });
});
