import { IntlMessageFormat } from 'intl-messageformat';
import type englishTexts from './locales/en.json';
import { isRightToLeft } from './direction';

/** A name of something that the relay says itself, as in the files of locales/. */
export type MessageKey = keyof typeof englishTexts;

/** One language's texts, in the syntax of ICU messages: https://unicode-org.github.io/icu/userguide/format_parse/messages/ */
export type CatalogueTexts = Readonly<Record<MessageKey, string>>;

/** What the relay says in one language. Each text is compiled when it is first wanted. */
export class Catalogue {
  readonly isRightToLeft: boolean;
  readonly #list: Intl.ListFormat;
  readonly #compiled = new Map<MessageKey, IntlMessageFormat>();

  constructor(
    /** BCP 47. */
    readonly locale: string,
    readonly texts: CatalogueTexts,
  ) {
    this.isRightToLeft = isRightToLeft(locale);
    this.#list = new Intl.ListFormat(locale, { type: 'conjunction' });
  }

  say(key: MessageKey, values?: Readonly<Record<string, string | number>>): string {
    let message = this.#compiled.get(key);
    if (message === undefined) this.#compiled.set(key, (message = compile(this.locale, this.texts[key])));
    return String(message.format(values));
  }

  /** `Alice, Bob and Carol`. */
  list(names: readonly string[]): string {
    return this.#list.format(names);
  }
}

/** Throws SyntaxError where the text is no ICU message. Digits are those of durations and file names beside them. */
export function compile(locale: string, text: string): IntlMessageFormat {
  return new IntlMessageFormat(text, `${locale}-u-nu-latn`, undefined, { ignoreTag: true });
}
