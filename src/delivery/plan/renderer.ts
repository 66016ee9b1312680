import { mentionOf } from '../../content/audience';
import { createLocaleNegotiator, type Locale } from '../../content/locale';
import { renderNotification, renderSummary, type RenderInput } from '../../content/render-notification';
import type { DirectPush } from '../../domain/body';
import type { Device, Preview } from '../../domain/device';
import type { Notification } from '../../domain/notification';
import type { Names, Work } from './work';

/** For devices that say nothing of their own. `locale` is a BCP 47 tag. */
export interface RenderDefaults {
  readonly locale: string;
  readonly preview: Preview;
}

/** Renders a work's notification once for each render key: app, platform, locale, preview, mention kind. */
export class Renderer {
  readonly #negotiate: (tag: string | null) => Locale;

  constructor(private readonly defaults: RenderDefaults) {
    this.#negotiate = createLocaleNegotiator(createLocaleNegotiator('en')(defaults.locale));
  }

  notificationFor(work: Work, device: Device, names: Names): Notification {
    if (work.body.kind === 'push')
      return this.#once(work, '', () => renderPush(work.body, work.providerExpiresAtMs));
    const { locale, preview, mention } = this.#wanted(work, device);
    const key = `${locale}|${preview}|${mention}|${device.platform}|${device.app}`;
    return this.#once(work, key, () =>
      renderNotification(messageInput(work, { locale, preview, mention }, names)),
    );
  }

  /** For a message that stands for all that a storm held back; it is one of a kind, so it is not kept. */
  summaryFor(work: Work, device: Device, names: Names, count: number): Notification {
    return renderSummary(messageInput(work, this.#wanted(work, device), names), count);
  }

  #wanted(work: Work, device: Device): Wanted {
    return {
      locale: this.#negotiate(device.locale),
      preview: device.preview ?? this.defaults.preview,
      mention: work.content === null ? 'none' : mentionOf(work.content, device.uid),
    };
  }

  #once(work: Work, key: string, render: () => Notification): Notification {
    for (const known of work.notifications) if (known.key === key) return known.notification;
    const notification = render();
    work.notifications.push({ key, notification });
    return notification;
  }
}

type Wanted = Pick<RenderInput, 'locale' | 'preview' | 'mention'>;

function messageInput(work: Work, wanted: Wanted, names: Names): RenderInput {
  if (work.body.kind !== 'message' || work.content === null) throw new Error('not a message');
  return {
    locale: wanted.locale,
    preview: wanted.preview,
    mention: wanted.mention,
    message: work.body.message,
    content: work.content,
    senderName: names.sender,
    channelName: names.channel,
    expiresAtMs: work.providerExpiresAtMs,
  };
}

function renderPush(body: Work['body'], expiresAtMs: number | null): Notification {
  if (body.kind !== 'push') throw new Error('not a push');
  const push: DirectPush = body.push;
  return {
    kind: push.silent ? 'background' : 'alert',
    title: push.title,
    subtitle: null,
    body: push.body,
    imageUrl: push.imageUrl,
    sound: push.silent || push.sound === '' ? null : (push.sound ?? 'default'),
    threadId: null,
    collapseId: push.collapseId ?? push.id,
    androidChannelId: null,
    conversation: null,
    data: push.data,
    priority: push.silent ? 'normal' : push.priority,
    expiresAtMs,
  };
}
