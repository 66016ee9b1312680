import type { TokenKind } from '../../domain/provider-table';
import type { Delivery, Notification } from '../../domain/notification';
import { appleHeaders } from '../wire/apple-headers';
import { applePayload, badgeOf, type AppleStyle } from '../wire/apple-payload';
import { Template } from '../wire/template';

/** What devices of one token kind, all with or all without a badge, share of one notification. */
export class ApnsPayload {
  readonly #template: Template;
  readonly #headers: Readonly<Record<string, string>>;

  /** `headers` hold every name that a request will have: adding one to a copy costs 5 µs, copying all of them 0.1. */
  constructor(texts: readonly string[], headers: Readonly<Record<string, string>>) {
    this.#headers = headers;
    this.#template = new Template(texts);
  }

  body(badge: number | null): Buffer {
    return badge === null ? this.#template.fill() : this.#template.fill(String(badge));
  }

  /** With room for the provider token. The caller's own, to write into. */
  headersFor(deliveryId: string): Record<string, string> {
    const headers = { ...this.#headers };
    headers['apns-id'] = deliveryId;
    return headers;
  }
}

/** The payloads of one notification, each built at its first delivery; null when it cannot be made to fit. */
export class ApnsPayloads {
  readonly #built: (ApnsPayload | null | undefined)[] = [];
  readonly #notification: Notification;
  readonly #topic: string;
  readonly #style: AppleStyle;

  constructor(notification: Notification, topic: string, style: AppleStyle) {
    this.#notification = notification;
    this.#topic = topic;
    this.#style = style;
  }

  of(tokenKind: TokenKind, hasBadge: boolean): ApnsPayload | null {
    const index = (tokenKind === 'voip' ? 2 : 0) + (hasBadge ? 1 : 0);
    const known = this.#built[index];
    if (known !== undefined) return known;
    const texts = applePayload(this.#notification, tokenKind, hasBadge, this.#style);
    const headers = appleHeaders(this.#notification, tokenKind, hasBadge, this.#topic, {
      'apns-id': '',
      authorization: '',
    });
    const payload = texts === null ? null : new ApnsPayload(texts, headers);
    this.#built[index] = payload;
    return payload;
  }
}

/** A VoIP push wakes the app for a call and shows nothing by itself. */
export function shownBadge(delivery: Delivery): number | null {
  return delivery.tokenKind === 'voip' ? null : badgeOf(delivery.badge);
}
