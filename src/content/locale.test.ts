import { catalogueOf, createLocaleNegotiator } from './locale';

describe('createLocaleNegotiator', () => {
  const negotiate = createLocaleNegotiator('en');

  it.each([
    'zh',
    'zh-CN',
    'zh-Hans',
    'zh-Hans-CN',
    'zh-SG',
    'ZH-cn',
    'zh_CN',
    'zh-Hans_CN',
    'zh_CN_#Hans',
    'zh_CN.UTF-8',
  ])('answers %s in Simplified Chinese', (tag) => expect(negotiate(tag)).toBe('zh-Hans'));

  it.each(['zh-TW', 'zh-Hant', 'zh-Hant-HK', 'zh_TW_#Hant', 'yue', 'zh-yue', 'cmn-Hant-TW'])(
    'answers %s in Simplified Chinese, which its readers read more readily than English',
    (tag) => expect(negotiate(tag)).toBe('zh-Hans'),
  );

  it.each(['en', 'en-GB', 'EN_us', 'en-Latn-US-u-ca-gregory'])('answers %s in English', (tag) =>
    expect(negotiate(tag)).toBe('en'),
  );

  it('falls back for an unknown, missing or malformed tag', () => {
    const chinese = createLocaleNegotiator('zh-Hans');
    for (const tag of [null, '', 'de', 'x', '!!', 'zh'.repeat(500), '\0', '中文', 'de-DE']) {
      expect(negotiate(tag)).toBe('en');
      expect(chinese(tag)).toBe('zh-Hans');
    }
    expect(chinese('en')).toBe('en');
  });

  it('gives the same answer the second time, and after more tags than it remembers', () => {
    for (let i = 0; i < 3000; i += 1) expect(negotiate(`zh-x-${i}`)).toBe('zh-Hans');
    expect(negotiate('zh-CN')).toBe('zh-Hans');
  });
});

describe('catalogueOf', () => {
  it('has a text for every label in every locale', () => {
    for (const locale of ['en', 'zh-Hans'] as const)
      for (const text of Object.values(catalogueOf(locale).labels)) expect(text).toMatch(/^\[.+\]$/);
  });
});
