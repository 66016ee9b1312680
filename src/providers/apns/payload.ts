import type { TokenKind } from '../../domain/device';
import type { Delivery, Notification } from '../../domain/notification';
import { appleHeaders } from '../wire/apple-headers';
import { applePayload, badgeOf, type AppleStyle } from '../wire/apple-payload';
import { Template } from '../wire/template';

/** What devices of one token kind, all with or all without a badge, share of one notification. */
export class ApnsPayload {
  private readonly template: Template;
  private isUsed = false;
  private withToken: Readonly<Record<string, string>> | null = null;
  private withoutToken: Readonly<Record<string, string>> | null = null;

  constructor(
    texts: readonly string[],
    private readonly shared: Readonly<Record<string, string>>,
  ) {
    this.template = new Template(texts);
  }

  body(badge: number | null): Buffer {
    return badge === null ? this.template.fill() : this.template.fill(String(badge));
  }

  /** With room for the provider token, where there is one. The caller's own, to write into. */
  headersFor(deliveryId: string, hasToken: boolean): Record<string, string> {
    const headers = this.isUsed ? this.copyFor(hasToken) : withNames(this.shared, namesOf(hasToken));
    // Most notifications are for one device: a copy to keep is made for the second.
    this.isUsed = true;
    headers['apns-id'] = deliveryId;
    return headers;
  }

  private copyFor(hasToken: boolean): Record<string, string> {
    return hasToken
      ? { ...(this.withToken ??= withNames(this.shared, namesOf(true))) }
      : { ...(this.withoutToken ??= withNames(this.shared, namesOf(false))) };
  }
}

function namesOf(hasToken: boolean): readonly string[] {
  return hasToken ? tokenNames : plainNames;
}

const tokenNames = ['apns-id', 'authorization'];
const plainNames = ['apns-id'];

/** Every name that a request will have: to a copy that was made whole, no name is added, which costs fifty times as much. */
function withNames(
  shared: Readonly<Record<string, string>>,
  names: readonly string[],
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of Object.keys(shared)) headers[name] = shared[name] as string;
  for (const name of names) headers[name] = '';
  return headers;
}

/** The payloads of one notification, each built at its first delivery; null when it cannot be made to fit. */
export class ApnsPayloads {
  private readonly built: (ApnsPayload | null | undefined)[] = [];

  constructor(
    private readonly notification: Notification,
    private readonly topic: string,
    private readonly style: AppleStyle,
  ) {}

  of(tokenKind: TokenKind, hasBadge: boolean): ApnsPayload | null {
    const index = (tokenKind === 'voip' ? 2 : 0) + (hasBadge ? 1 : 0);
    const known = this.built[index];
    if (known !== undefined) return known;
    const texts = applePayload(this.notification, tokenKind, hasBadge, this.style);
    const headers = appleHeaders(this.notification, tokenKind, hasBadge, this.topic);
    const payload = texts === null ? null : new ApnsPayload(texts, headers);
    this.built[index] = payload;
    return payload;
  }
}

/** A VoIP push wakes the app for a call and shows nothing by itself. */
export function shownBadge(delivery: Delivery): number | null {
  return delivery.tokenKind === 'voip' ? null : badgeOf(delivery.badge);
}
