import type { Catalogue } from './catalogue';
import { en } from './locales/en';
import { zhHans } from './locales/zh-hans';

/** A language that the relay speaks. */
export type Locale = 'en' | 'zh-Hans';

const catalogues: Readonly<Record<Locale, Catalogue>> = { en, 'zh-Hans': zhHans };

export function catalogueOf(locale: Locale): Catalogue {
  return catalogues[locale];
}

/** Devices write their locale themselves, so the cache must not grow with what they invent. */
const cachedTags = 1000;

/**
 * The locale for a device's own tag: BCP 47, or as Android and iOS print it (`zh_CN`, `zh_CN_#Hans`, `zh-Hans_CN`).
 * English and Chinese are known; null, anything else and anything malformed gets `fallback`. Every Chinese tag gets
 * Simplified Chinese, Traditional ones (`zh-TW`, `zh-Hant`, `yue`) as well until there is a catalogue for them: their
 * readers read it more readily than English, and the message itself is most likely Chinese.
 *
 * Render keys should hold this result, not the tag: `zh-CN` and `zh-Hans-CN` share one notification.
 */
export function createLocaleNegotiator(fallback: Locale): (tag: string | null) => Locale {
  const known = new Map<string, Locale>();
  return (tag) => {
    if (tag === null || tag === '') return fallback;
    const cached = known.get(tag);
    if (cached !== undefined) return cached;
    const locale = negotiate(tag) ?? fallback;
    if (known.size >= cachedTags) known.clear();
    known.set(tag, locale);
    return locale;
  };
}

function negotiate(tag: string): Locale | null {
  switch (languageOf(tag)) {
    case 'en':
      return 'en';
    case 'zh':
    case 'yue':
      return 'zh-Hans';
    default:
      return null;
  }
}

function languageOf(tag: string): string | null {
  if (tag.length > 256) return null;
  const plain = tag
    .replaceAll('_', '-')
    .replaceAll('#', '')
    .replace(/[.@].*$/s, '');
  try {
    return new Intl.Locale(plain).language;
  } catch {
    // Android puts the script last (zh-CN-Hans), which BCP 47 does not allow; the language is still the first part.
    const [first = ''] = plain.split('-', 1);
    return /^[a-zA-Z]{2,3}$/.test(first) ? first.toLowerCase() : null;
  }
}
