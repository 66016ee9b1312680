import { readLocale } from './locale-tag';

describe('readLocale', () => {
  it.each([
    ['zh__#Hans', 'zh-Hans'],
    ['ja_JP_JP_#u-ca-japanese', 'ja-JP-u-ca-japanese'],
    ['zh-u-nu-hant', 'zh-u-nu-hant'],
    ['ar-u-nu-arab', 'ar-u-nu-arab'],
    ['zh-TW-x-aaaa', 'zh-TW'],
    ['zh-CHS', 'zh-Hans'],
    ['zh-CHT', 'zh-Hant'],
    ['es-419', 'es-419'],
    ['yue-Hant-HK', 'yue-Hant-HK'],
    ['in_ID', 'id-ID'],
    ['ZH-cn', 'zh-CN'],
    ['C.UTF-8', 'en-US-u-va-posix'],
    ['fil_PH', 'fil-PH'],
  ])('reads %s as %s', (tag, canonical) => {
    expect(readLocale(tag)).toBe(canonical);
    expect(readLocale(canonical)).toBe(canonical);
  });

  it.each(['', ' ', 'x', 'null', '中文', 'i-klingon', 'e'.repeat(200), '__proto__'])(
    'cannot read %j',
    (tag) => {
      expect(readLocale(tag)).toBeNull();
    },
  );
});
