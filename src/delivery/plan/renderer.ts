import { mentionOf } from '../../content/audience';
import type { Catalogue } from '../../content/catalogue';
import type { Catalogues } from '../../content/catalogues';
import type { Collapse } from '../../content/collapse-id';
import { namedReader } from '../../content/gist-text';
import {
  renderBadge,
  renderNotification,
  renderPush,
  renderSummary,
  type RenderInput,
} from '../../content/render-notification';
import { callFormOf, renderCall, type Call, type CallForm } from '../../content/calls/render-call';
import type { Device, Preview } from '../../domain/device';
import type { Notification } from '../../domain/notification';
import type { Preferences, Recipient } from '../../domain/people';
import type { TokenKind } from '../../domain/provider-table';
import type { Names, DecodedEvent } from './decoded-event';

/** For devices that say nothing of their own. Locales are BCP 47 tags. */
export interface RenderDefaults {
  readonly locale: string;
  readonly preview: Preview;
  /** Absent: message. */
  readonly collapse?: Collapse;
  /** By name; null is what the app does not have. */
  readonly apps: ReadonlyMap<string, AppDefaults>;
}

export interface AppDefaults {
  readonly displayName: string | null;
  readonly defaultLocale: string | null;
  readonly preview: Preview | null;
}

/** Renders an event's notification once for each render key: app, platform, locale, preview, mention kind, reader named, alias. */
export class Renderer {
  readonly #catalogues: Catalogues;
  readonly #defaults: RenderDefaults;

  constructor(catalogues: Catalogues, defaults: RenderDefaults) {
    this.#catalogues = catalogues;
    this.#defaults = defaults;
  }

  /** The device's language, else its user's, else the app's. */
  catalogueFor({ locale, app }: Pick<Device, 'locale' | 'app'>, preferences: Preferences | null): Catalogue {
    const { apps, locale: ofAll } = this.#defaults;
    const ofUser = preferences?.locale ?? null;
    return this.#catalogues.of(locale, ofUser, apps.get(app)?.defaultLocale ?? null, ofAll);
  }

  /** `tokenKind`: of the device token that it goes to. `unread`: of the conversation whose notification it replaces; 0 or 1: it is all. */
  notificationFor(
    event: DecodedEvent,
    device: Device,
    recipient: Recipient,
    tokenKind: TokenKind,
    names: Names,
    unread = 0,
  ): Notification {
    const { body, call, providerExpiresAtMs } = event;
    if (call !== null)
      return this.#callFor(event, call, device, recipient, callFormOf(call, device, tokenKind), names);
    if (body.kind === 'push') {
      const isHidden =
        body.push.read !== undefined && this.#wanted(event, device, recipient).preview === 'none';
      return this.#once(event, isHidden ? 'hidden' : '', () =>
        renderPush(body.push, providerExpiresAtMs, isHidden),
      );
    }
    const wanted = this.#wanted(event, device, recipient);
    const { catalogue, preview, mention, reader, alias } = wanted;
    const key = `${catalogue.locale}|${preview}|${mention}|${device.platform}|${device.app}|${reader ?? ''}|${unread}|${alias ?? ''}`;
    const render = () => renderNotification(messageInput(event, wanted, names), unread);
    const isShared = alias === null && unread === 0;
    return this.#once(event, key, render, isShared || event.notifications.length < fewKept);
  }

  #callFor(
    event: DecodedEvent,
    call: Call,
    device: Device,
    recipient: Recipient,
    form: CallForm,
    names: Names,
  ): Notification {
    const { catalogue, preview, alias, displayName } = this.#wanted(event, device, recipient);
    const key = `${catalogue.locale}|${preview}|${form}|${device.app}|${alias ?? ''}`;
    const { providerExpiresAtMs: expiresAtMs } = event;
    const senderName = alias ?? names.sender;
    return this.#once(event, key, () =>
      renderCall({ call, form, catalogue, preview, senderName, displayName, expiresAtMs }),
    );
  }

  /** For a message that stands for all that a storm held back; it is one of a kind, so it is not kept. */
  summaryFor(
    event: DecodedEvent,
    device: Device,
    recipient: Recipient,
    names: Names,
    count: number,
  ): Notification {
    return renderSummary(messageInput(event, this.#wanted(event, device, recipient), names), count);
  }

  /** What a recipient gets who is not to notice the message. */
  badgeFor(event: DecodedEvent, expiresAtMs: number): Notification {
    return this.#once(event, 'badge', () => renderBadge(expiresAtMs));
  }

  #wanted(event: DecodedEvent, device: Device, recipient: Recipient): Wanted {
    const { preferences } = recipient;
    const app = this.#defaults.apps.get(device.app);
    return {
      catalogue: this.catalogueFor(device, preferences),
      preview: device.preview ?? preferences?.preview ?? app?.preview ?? this.#defaults.preview,
      mention: event.content === null ? 'none' : mentionOf(event.content, device.uid),
      reader: event.content === null ? null : namedReader(event.content, device.uid),
      alias: recipient.alias ?? null,
      displayName: app?.displayName ?? null,
      collapse: this.#defaults.collapse ?? 'message',
    };
  }

  #once(event: DecodedEvent, key: string, render: () => Notification, isKept = true): Notification {
    for (const known of event.notifications) if (known.key === key) return known.notification;
    const notification = render();
    if (isKept) event.notifications.push({ key, notification });
    return notification;
  }
}

interface Wanted extends Required<
  Pick<RenderInput, 'catalogue' | 'preview' | 'mention' | 'reader' | 'displayName' | 'collapse'>
> {
  readonly alias: string | null;
}

function messageInput(event: DecodedEvent, wanted: Wanted, names: Names): RenderInput {
  if (event.body.kind !== 'message' || event.content === null) throw new Error('not a message');
  const { catalogue, preview, mention, reader, alias, displayName, collapse } = wanted;
  // Field by field: V8 takes microseconds for what stands behind a spread.
  return {
    message: event.body.message,
    content: event.content,
    catalogue,
    preview,
    mention,
    reader,
    displayName,
    collapse,
    senderName: alias ?? names.member ?? names.sender,
    senderAvatarUrl: names.avatarUrl,
    channelName: names.channel,
    expiresAtMs: event.providerExpiresAtMs,
  };
}

/** Readers with a name or a number of their own may be thousands, and a list of thousands is searched for each of them. */
const fewKept = 200;
