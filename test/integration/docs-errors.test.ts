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

describe('docs/zh-CN/errors.md', () => {
  const chinese = readFileSync(join(__dirname, '../../docs/zh-CN/errors.md'), 'utf8');
  /** By heading, and what is before the first one. */
  const sectionsOf = (text: string) =>
    text.split(/^(?=###? )/m).map((section) => {
      const [, code = ''] = /^### (.*)$/m.exec(section) ?? [];
      return { code, section };
    });
  /** Names and values, which are the same in each language. */
  const codesOf = (text: string) =>
    [...new Set(text.replace(/^```[^]*^```$/m, '').match(/`[^`]+`/g))]
      .map((code) => code.replaceAll('\n', ' '))
      .toSorted();
  const rowsOf = (text: string) => text.split('\n').filter((line) => line.startsWith('|')).length;

  it('has the sections of the English page, in their order', () => {
    expect(sectionsOf(chinese).map(({ code }) => code)).toEqual(sectionsOf(page).map(({ code }) => code));
  });

  it.each(sectionsOf(page).map(({ code, section }, index) => [code, section, index] as const))(
    'explains %s with the same status, names and values, in Chinese',
    (code, section, index) => {
      const translated = sectionsOf(chinese)[index]?.section ?? '';
      expect(codesOf(translated)).toEqual(codesOf(section));
      expect(rowsOf(translated)).toBe(rowsOf(section));
      expect(translated).toMatch(/\p{Script=Han}|^## \d+$/mu);
      const [, status] = /^Status (\d+):/m.exec(section) ?? [];
      if (code !== '') expect(translated).toMatch(new RegExp(`^状态码 ${status}：\\*\\*[^*]+。\\*\\* `, 'm'));
    },
  );
});
