import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogueOf } from '../../src/content/locale';
import { bodyMaxUnits, nameMaxUnits } from '../../src/content/gist';

const page = readFileSync(join(__dirname, '../../docs/notifications.md'), 'utf8');
/** Labels of which the page shows the message's own text instead. */
const shownAsText = new Set(['system', 'tip', 'hotline']);

describe('docs/notifications.md', () => {
  it.each(['en', 'zh-Hans'] as const)('shows every label of %s', (locale) => {
    const missing = Object.entries(catalogueOf(locale).labels).filter(
      ([key, text]) => !shownAsText.has(key) && !page.includes(text),
    );
    expect(missing).toEqual([]);
  });

  it('names the neutral titles and the hidden body', () => {
    const { titles, hidden, mention } = catalogueOf('en');
    for (const text of [...Object.values(titles), hidden, mention.me]) expect(page).toContain(text);
  });

  it('gives the limits that hold', () => {
    expect(page).toContain(`${bodyMaxUnits.toLocaleString('en')} UTF-16 units`);
    expect(page).toContain(`names in a body after ${nameMaxUnits}`);
  });
});
