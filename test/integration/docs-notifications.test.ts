import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bodyMaxUnits, nameMaxUnits } from '../../src/content/gist-limits';

const root = join(__dirname, '../..');
const page = readFileSync(join(root, 'docs/notifications.md'), 'utf8');
const textsOf = (locale: string) =>
  Object.entries(
    JSON.parse(readFileSync(join(root, `src/content/locales/${locale}.json`), 'utf8')) as Record<
      string,
      string
    >,
  );

describe('docs/notifications.md', () => {
  it.each(['en', 'zh-CN'])('shows every word of %s for a type of message', (locale) => {
    const words = textsOf(locale).filter(
      ([key, text]) => !/^(test_|group$|someone$|you$)/.test(key) && !text.includes('{'),
    );
    expect(words.filter(([, text]) => !page.includes(`\`${text}\``))).toEqual([]);
  });

  it('gives the limits that hold', () => {
    expect(page).toContain(`${bodyMaxUnits.toLocaleString('en')} UTF-16 units`);
    expect(page).toContain(`names in a body after ${nameMaxUnits}`);
  });
});
