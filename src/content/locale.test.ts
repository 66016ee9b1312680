import { LocaleNegotiator } from './locale';
import { Catalogues, shippedTexts } from './catalogues';

const shipped = new LocaleNegotiator(Object.keys(shippedTexts));

describe('LocaleNegotiator', () => {
  it.each([
    [
      'zh-CN',
      [
        'zh',
        'zh-CN',
        'zh-Hans',
        'zh-Hans-CN',
        'zh-SG',
        'ZH-cn',
        'zh_CN',
        'zh-Hans_CN',
        'zh_CN_#Hans',
        'cmn-CN',
      ],
    ],
    [
      'zh-TW',
      [
        'zh-TW',
        'zh-Hant',
        'zh-HK',
        'zh-Hant-HK',
        'zh_TW_#Hant',
        'zh-MO',
        'yue',
        'yue-Hant-HK',
        'nan-Hant-TW',
        'cmn-Hant-TW',
      ],
    ],
    ['en', ['en', 'en-GB', 'EN_us', 'en-Latn-US-u-ca-gregory', 'en_US.UTF-8']],
    ['pt-BR', ['pt', 'pt-BR', 'pt_PT', 'pt-AO']],
    ['es', ['es', 'es-MX', 'es-419', 'es_ES']],
    ['fr', ['fr-CA']],
    ['de', ['de-AT', 'de_CH']],
    ['ar', ['ar', 'ar-EG', 'ar_SA']],
    ['id', ['id', 'in', 'in_ID']],
    ['ja', ['ja_JP', 'ja_JP_JP_#u-ca-japanese']],
    ['vi', ['vi-VN']],
  ])('finds %s', (locale, tags) => {
    expect(tags.map((tag) => shipped.find(tag))).toEqual(tags.map(() => locale));
  });

  it('gives nobody another alphabet, but Serbs', () => {
    for (const tag of ['hi-Latn', 'hi-Latn-IN', 'zh-Latn', 'ru-Latn', 'ar-Latn'])
      expect(shipped.find(tag)).toBeNull();
    const serbian = new LocaleNegotiator(['en', 'sr']);
    expect(['sr', 'sr-Latn', 'sr_RS@latin', 'sh'].map((tag) => serbian.find(tag))).toEqual(
      Array.from({ length: 4 }, () => 'sr'),
    );
  });

  it('knows under which names Norwegian goes', () => {
    for (const file of ['nb', 'no'])
      for (const tag of ['no', 'nb_NO', 'nn']) expect(new LocaleNegotiator([file]).find(tag)).toBe(file);
  });

  it('gives nobody the language of a neighbour', () => {
    for (const tag of ['uk', 'be', 'ca', 'kk', 'ms', 'ur', 'nb']) expect(shipped.find(tag)).toBeNull();
  });

  it.each(['', 'x', '!!', 'zh'.repeat(500), '\0', '中文', '*'])('finds nothing for %j', (tag) => {
    expect(shipped.find(tag)).toBeNull();
  });

  it('gives the same answer the second time, and after more tags than it remembers', () => {
    for (let i = 0; i < 3000; i += 1) expect(shipped.find(`en-x-${i}`)).toBe('en');
    expect([shipped.find('zh-HK'), shipped.find('zh-HK')]).toEqual(['zh-TW', 'zh-TW']);
  });
});

describe('Catalogues', () => {
  const catalogues = new Catalogues({
    'zh-HK': { image: '相片' },
    tr: { image: 'Fotoğraf' },
    de: { image: 'Bild' },
  });
  const image = (...wishes: readonly (string | null)[]) => catalogues.of(...wishes).say('image');

  it('meets the first wish that it can', () => {
    expect(catalogues.of('fr-CA', 'de').locale).toBe('fr');
    expect(catalogues.of('nb', 'de').locale).toBe('de');
    expect(catalogues.of(null, '!!', 'ja_JP').locale).toBe('ja');
    expect(catalogues.of(null, 'nb').locale).toBe('en');
  });

  it("lets the operator's texts win, and adds languages", () => {
    expect(image('de-DE')).toBe('Bild');
    expect(catalogues.of('de-DE').say('voice')).toBe('Sprachnachricht');
    expect(image('tr-TR')).toBe('Fotoğraf');
    expect(catalogues.of('tr').say('voice')).toBe('Voice message');
  });

  it('fills what a new language lacks from the nearest one of the same language', () => {
    expect(image('zh-HK')).toBe('相片');
    expect(catalogues.of('zh-Hant-HK').say('voice')).toBe('語音訊息');
    expect(catalogues.of('zh-TW').say('image')).toBe('照片');
  });
});
