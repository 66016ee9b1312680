import { Catalogue, compile, type CatalogueTexts, type MessageKey } from './catalogue';
import { shippedTexts } from './catalogues';

const english = shippedTexts['en'] as CatalogueTexts;
const keys = Object.keys(english) as MessageKey[];
const locales = Object.entries(shippedTexts).map(([locale, texts]) => ({ locale, texts }));
const foreign = locales.filter(({ locale }) => locale !== 'en');

/** Words that a language shares with English. */
const sameAsEnglish: Readonly<Record<string, readonly MessageKey[]>> = {
  'zh-CN': [],
  ja: ['said'],
  ko: ['said'],
  es: ['said', 'gif', 'sticker'],
  fr: ['image', 'gif', 'sticker', 'invite'],
  de: ['said', 'gif', 'video', 'sticker'],
  'pt-BR': ['said', 'gif'],
  ru: ['said', 'gif'],
  ar: ['said'],
  hi: ['said', 'gif'],
  id: ['said', 'gif', 'video', 'file'],
  th: ['said'],
  vi: ['said', 'video'],
};

type Elements = ReturnType<ReturnType<typeof compile>['getAst']>;

const parse = (text: string) => compile('en', text).getAst();

function placeholders(elements: Elements): string[] {
  return elements.flatMap((element) => {
    if ('options' in element)
      return [element.value, ...Object.values(element.options).flatMap(({ value }) => placeholders(value))];
    return 'value' in element && isArgument(element) ? [element.value] : [];
  });
}

/** The parser's enumeration is not to be had where modules are compiled one by one. */
function isArgument({ type }: Elements[number]): boolean {
  return Number(type) === 1;
}

describe('the languages that come with the relay', () => {
  it('are fifteen', () => {
    expect(Object.keys(shippedTexts)).toEqual(
      'en zh-CN zh-TW ja ko es fr de pt-BR ru ar hi id th vi'.split(' '),
    );
  });

  it.each(locales)('$locale has all texts, with the placeholders of the English ones', ({ texts }) => {
    expect(Object.keys(texts)).toEqual(keys);
    for (const key of keys)
      expect([key, ...new Set(placeholders(parse(texts[key])).sort())]).toEqual([
        key,
        ...new Set(placeholders(parse(english[key])).sort()),
      ]);
  });

  it.each(locales)('$locale has the plural forms that CLDR names for it', ({ locale, texts }) => {
    const [plural] = parse(texts.summary);
    if (plural === undefined || !('options' in plural)) throw new Error('no plural');
    const categories = new Intl.PluralRules(locale).resolvedOptions().pluralCategories;
    expect(Object.keys(plural.options).sort()).toEqual([...categories].sort());
  });

  it.each(foreign)('$locale differs from English', ({ locale, texts }) => {
    const same = keys.filter((key) => texts[key] === english[key]);
    expect(same.sort()).toEqual([...(sameAsEnglish[locale] ?? [])].sort());
  });

  it.each(locales)('$locale is short enough for a lock screen, and clean', ({ texts }) => {
    for (const key of keys.filter((each) => !each.startsWith('test_'))) {
      expect([key, texts[key].length <= 60 || key === 'summary']).toEqual([key, true]);
      expect(texts[key]).toBe(texts[key].trim().normalize('NFC'));
      expect(texts[key]).not.toMatch(/^\[[^@]*\]$/);
    }
  });

  it.each([
    ['en', ['1 new message', '2 new messages', '1,000 new messages']],
    ['zh-CN', ['1 条新消息', '2 条新消息', '1,000 条新消息']],
    ['ru', ['1 новое сообщение', '2 новых сообщения', '1\u00a0000 новых сообщений']],
    ['ar', ['رسالة جديدة واحدة', 'رسالتان جديدتان', '1,000 رسالة جديدة']],
    ['ja', ['新着メッセージ1件', '新着メッセージ2件', '新着メッセージ1,000件']],
  ])('counts in %s', (locale, expected) => {
    const catalogue = new Catalogue(locale, shippedTexts[locale] as CatalogueTexts);
    expect([1, 2, 1000].map((count) => catalogue.say('summary', { count }))).toEqual(expected);
  });

  it('joins names as the language does', () => {
    const join = (locale: string) =>
      new Catalogue(locale, shippedTexts[locale] as CatalogueTexts).list(['Alice', 'Bob']);
    expect(['en', 'zh-CN', 'ru'].map(join)).toEqual(['Alice and Bob', 'Alice和Bob', 'Alice и Bob']);
  });
});
