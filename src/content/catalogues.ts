import { Catalogue, type CatalogueTexts } from './catalogue';
import ar from './locales/ar.json';
import de from './locales/de.json';
import en from './locales/en.json';
import es from './locales/es.json';
import fr from './locales/fr.json';
import hi from './locales/hi.json';
import id from './locales/id.json';
import ja from './locales/ja.json';
import ko from './locales/ko.json';
import ptBR from './locales/pt-BR.json';
import ru from './locales/ru.json';
import th from './locales/th.json';
import vi from './locales/vi.json';
import zhCN from './locales/zh-CN.json';
import zhTW from './locales/zh-TW.json';
import { LocaleNegotiator } from './locale';

/** The languages that come with the relay, one file each. */
export const shippedTexts: Readonly<Record<string, CatalogueTexts>> = {
  en,
  'zh-CN': zhCN,
  'zh-TW': zhTW,
  ja,
  ko,
  es,
  fr,
  de,
  'pt-BR': ptBR,
  ru,
  ar,
  hi,
  id,
  th,
  vi,
};

/**
 * Texts by BCP 47 tag, which win over the shipped ones. What a new one lacks is that of the nearest shipped one of its language
 * (`zh-HK`: that of `zh-TW`), else English.
 */
export type TextOverrides = Readonly<Record<string, Partial<CatalogueTexts>>>;

/** Every language that the relay speaks. */
export class Catalogues {
  readonly #byLocale = new Map<string, Catalogue>();
  readonly #negotiator: LocaleNegotiator;
  readonly #fallback: Catalogue;

  constructor(overrides: TextOverrides = {}) {
    const shipped = new LocaleNegotiator(Object.keys(shippedTexts));
    for (const locale of new Set([...Object.keys(shippedTexts), ...Object.keys(overrides)])) {
      const base = shippedTexts[locale] ?? shippedTexts[shipped.find(locale) ?? 'en'] ?? en;
      this.#byLocale.set(locale, new Catalogue(locale, { ...base, ...overrides[locale] }));
    }
    this.#negotiator = new LocaleNegotiator([...this.#byLocale.keys()]);
    this.#fallback = this.#byLocale.get('en') as Catalogue;
  }

  /**
   * The language of the first wish that can be met, else English. Wishes are BCP 47, or as Android and iOS print them
   * (`zh_CN_#Hans`); null is no wish.
   */
  of(...wishes: readonly (string | null)[]): Catalogue {
    for (const wish of wishes) {
      const locale = wish === null ? null : this.#negotiator.find(wish);
      const catalogue = locale === null ? undefined : this.#byLocale.get(locale);
      if (catalogue !== undefined) return catalogue;
    }
    return this.#fallback;
  }
}
