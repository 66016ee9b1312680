import type { JsonObject } from '../shared/json-object';
import { cleanBody } from './clean-text';
import { isolate, hasRightToLeft } from './direction';
import { bodyMaxUnits } from './gist-limits';
import { asText, fieldAt } from './json-fields';
import { LocaleNegotiator } from './locale';

/** What the operator says of a message type: one of the app's own, or one of WuKongIM's. */
export interface CustomType {
  /** By BCP 47 tag; `{order.id}` stands for a field of the payload. Null: the relay's own words. */
  readonly text: Readonly<Record<string, string>> | null;
  readonly isPushed: boolean;
  readonly priority: 'high' | 'normal';
  readonly androidChannelId: string | null;
}

/** Between braces, a field of the payload, or with dots a field of a field. */
const placeholder = /\{([^{}\s]+)\}/g;

/** What is left of a template without its placeholders holds no brace; null: nothing is wrong. */
export function templateFlaw(template: string): string | null {
  return /[{}]/.test(template.replace(placeholder, ''))
    ? 'a text in which each brace belongs to a field of the payload, like {greeting} or {order.id}'
    : null;
}

/** The operator's words for one type, in the languages that they are written in. */
export class CustomText {
  readonly #templates: Readonly<Record<string, string>>;
  readonly #negotiator: LocaleNegotiator;
  readonly #fields: ReadonlySet<string>;

  constructor(templates: Readonly<Record<string, string>>) {
    this.#templates = templates;
    this.#negotiator = new LocaleNegotiator(Object.keys(templates));
    const names = Object.values(templates).flatMap((template) => [...template.matchAll(placeholder)]);
    this.#fields = new Set(names.map(([, name = '']) => name));
  }

  /** Those of the payload's fields that any language shows. */
  read(payload: JsonObject): ReadonlyMap<string, string> {
    const values = new Map<string, string>();
    for (const field of this.#fields) {
      const value = valueOf(payload, field);
      if (value !== null) values.set(field, value);
    }
    return values;
  }

  /** Null where a field is missing. */
  say(locale: string, values: ReadonlyMap<string, string>): string | null {
    const template = this.#templateFor(locale);
    const isRightToLeft = hasRightToLeft(template);
    let isWhole = true;
    const text = template.replace(placeholder, (_, field: string) => {
      const value = values.get(field);
      if (value === undefined) isWhole = false;
      return isolate(value ?? '', isRightToLeft);
    });
    return isWhole ? text : null;
  }

  #templateFor(locale: string): string {
    const found = this.#negotiator.find(locale) ?? this.#negotiator.find('en');
    return (found === null ? Object.values(this.#templates)[0] : this.#templates[found]) ?? '';
  }
}

function valueOf(payload: JsonObject, field: string): string | null {
  const text = asText(fieldAt(payload, field));
  return text === null ? null : cleanBody(text, bodyMaxUnits);
}
