import { match } from '@formatjs/intl-localematcher';
import { readLocale } from '../shared/locale-tag';

/** Devices write their locale themselves, so what is remembered must not grow with what they invent. */
const rememberedTags = 1000;

/** Finds the language for a tag among those that there are. */
export class LocaleNegotiator {
  readonly #available: readonly string[];
  readonly #found = new Map<string, string | null>();

  /** BCP 47 tags. */
  constructor(available: readonly string[]) {
    this.#available = available;
  }

  /**
   * The tag as BCP 47 or a platform writes it. Null where it cannot be read, and where there is nothing in its language: CLDR's
   * next best (Russian for Ukrainian) may be one that its reader resents, and the operator chose a default. Neither where it is in
   * another alphabet: who has Hindi in Latin letters (`hi-Latn`) may not read Devanagari.
   */
  find(tag: string): string | null {
    const known = this.#found.get(tag);
    if (known !== undefined) return known;
    const found = this.#negotiate(tag);
    if (this.#found.size >= rememberedTags) this.#found.clear();
    this.#found.set(tag, found);
    return found;
  }

  #negotiate(tag: string): string | null {
    const canonical = readLocale(tag);
    if (canonical === null) return null;
    const locale = new Intl.Locale(canonical).baseName;
    const candidates = this.#available.filter(
      (each) => familyOf(each) === familyOf(locale) && isReadable(each, locale),
    );
    const [only] = candidates;
    if (only === undefined || candidates.length === 1) return only ?? null;
    // It takes milliseconds, which is why it is asked about few.
    return match([locale], candidates, only);
  }
}

/** The language that a reader's own is written in, or that its readers read as well. */
function familyOf(locale: string): string {
  const { language } = new Intl.Locale(locale);
  return writtenAs.get(language) ?? language;
}

const writtenAs: ReadonlyMap<string, string> = new Map([
  ...['yue', 'nan', 'wuu', 'hak', 'gan', 'hsn'].map((chinese) => [chinese, 'zh'] as const),
  ...['no', 'nn'].map((norwegian) => [norwegian, 'nb'] as const),
]);

/** Who reads Serbian reads both of its alphabets. */
function isReadable(text: string, wish: string): boolean {
  return isLatin(text) === isLatin(wish) || familyOf(wish) === 'sr';
}

function isLatin(locale: string): boolean {
  return new Intl.Locale(locale).maximize().script === 'Latn';
}
