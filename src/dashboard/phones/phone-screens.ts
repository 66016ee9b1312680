import type { Clock } from '../../domain/clock';
import type { Delivery, Notification } from '../../domain/notification';
import type { Provider } from '../../providers/provider';

/** What a phone of the sandbox shows, or does without showing it. Keys as the page reads them. */
export interface Shown {
  /** Counts up. */
  readonly number: number;
  readonly at: string;
  readonly uid: string;
  readonly device_id: string;
  readonly provider: string;
  readonly platform: string;
  readonly kind: Notification['kind'];
  readonly title: string | null;
  readonly subtitle: string | null;
  readonly body: string | null;
  /** Notifications of one thread form a stack. */
  readonly thread_id: string | null;
  /** A later one with the same id replaces it. */
  readonly collapse_id: string | null;
  readonly badge: number | null;
  readonly image_url: string | null;
  readonly sound: boolean;
  readonly level: Notification['level'];
  readonly message_id: string | null;
  /** It removes the notifications of this thread, which was read elsewhere. */
  readonly read_thread_id: string | null;
}

const mostKept = 200;

/** The screens of all sandbox phones: what providers accepted lately, and who watches. */
export class PhoneScreens {
  readonly #clock: Clock;
  readonly #recent: Shown[] = [];
  readonly #watchers = new Set<(shown: Shown) => void>();
  #number = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The provider, with what it accepts shown. */
  decorate(provider: Provider): Provider {
    return {
      name: provider.name,
      app: provider.app,
      lanes: provider.lanes,
      batch: provider.batch,
      check: (lane) => provider.check(lane),
      close: (deadlineMs) => provider.close(deadlineMs),
      send: (notification, deliveries, settle) =>
        provider.send(notification, deliveries, (delivery, outcome, httpStatus) => {
          if (outcome.kind === 'accepted') this.#show(provider, notification, delivery);
          settle(delivery, outcome, httpStatus);
        }),
    };
  }

  /** Told of what was shown lately, then of all that is shown; call the answer to end it. */
  watch(watcher: (shown: Shown) => void): () => void {
    for (const shown of this.#recent) watcher(shown);
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  #show(provider: Provider, notification: Notification, delivery: Delivery): void {
    this.#number += 1;
    const at = new Date(this.#clock.now()).toISOString();
    const shown = { number: this.#number, at, ...toShown(provider, notification, delivery) };
    this.#recent.push(shown);
    if (this.#recent.length > mostKept) this.#recent.shift();
    for (const watcher of this.#watchers) watcher(shown);
  }
}

function toShown(
  provider: Provider,
  notification: Notification,
  delivery: Delivery,
): Omit<Shown, 'number' | 'at'> {
  const { conversation, read } = notification;
  return {
    uid: delivery.uid,
    device_id: delivery.deviceId,
    provider: provider.name,
    platform: delivery.platform,
    kind: notification.kind,
    title: notification.title,
    subtitle: notification.subtitle,
    body: notification.body,
    thread_id: notification.threadId,
    collapse_id: notification.collapseId,
    badge: delivery.badge,
    image_url: notification.imageUrl,
    sound: notification.sound !== null,
    level: notification.level,
    message_id: conversation?.messageId ?? null,
    read_thread_id: read && `${read.channelType}:${read.channelId}`,
  };
}
