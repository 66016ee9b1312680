import type { Device } from '../../domain/device';
import { channelTypes, conversationId } from '../../domain/message';
import type { Notification } from '../../domain/notification';
import type { Conversation, Recipient } from '../../domain/people';
import type { CountedMessage, RecalledMessage } from '../../store/ports/badges';
import type { PlannedDelivery } from '../send/planned-delivery';
import { isCounted, showsBadge, type BadgeOptions, type BadgeWork, type Ungrouped } from './badge-numbers';
import type { Verdict } from '../rules/rule';
import type { DecodedEvent } from './decoded-event';

/** What a plan wants of the badges: whom its event counts for, or is taken back from, and which deliveries show a number. */
export class BadgeTally {
  readonly #event: DecodedEvent;
  readonly #options: BadgeOptions | null;
  readonly #counts: boolean;
  #counted: CountedMessage[] = [];
  #recalled: RecalledMessage[] = [];
  #unnumbered: PlannedDelivery[] = [];
  #ungrouped: Ungrouped[] = [];

  /** `options` null: no push has a badge. */
  constructor(options: BadgeOptions | null, event: DecodedEvent) {
    this.#options = options;
    this.#event = event;
    this.#counts = options !== null && options.counts && isCounted(event);
  }

  /** Whether the event counts for a recipient of whom the rules say this. */
  counts(verdict: Verdict): boolean {
    if (!this.#counts) return false;
    if (verdict === 'muted') return this.#options?.countMuted === true;
    return verdict === 'online' ? this.#options?.countOnline === true : verdict === 'send';
  }

  /** In each app of the recipient's once. */
  add({ uid, devices }: Recipient): void {
    const { body, receivedAtMs } = this.#event;
    if (body.kind !== 'message') return;
    const { messageId, messageSeq, channelType } = body.message;
    const channelId = conversationId(body.message);
    for (const app of appsOf(devices))
      this.#counted.push({ uid, app, messageId, messageSeq, channelType, channelId, receivedAtMs });
  }

  /** The event is a recall, and lowers the numbers. */
  get takesBack(): boolean {
    return this.#options?.counts === true && (this.#event.content?.recall ?? null) !== null;
  }

  /** Where the event is a recall: what it takes back counts no longer, whether its reader is told or not. */
  takeBack({ uid, devices }: Recipient): void {
    const { body, content } = this.#event;
    const recall = content?.recall ?? null;
    if (!this.takesBack || body.kind !== 'message' || recall === null) return;
    const { channelType } = body.message;
    const channelId = channelType === channelTypes.person ? recall.fromUid : conversationId(body.message);
    for (const app of appsOf(devices))
      this.#recalled.push({ uid, app, messageId: recall.messageId, channelType, channelId });
  }

  show(planned: PlannedDelivery, notification: Notification): void {
    if (this.#options !== null && showsBadge(notification)) this.#unnumbered.push(planned);
  }

  /** Whose unread messages the words of the event name; null: none. */
  get spokenOf(): Conversation | null {
    const { body, content, call } = this.#event;
    if (this.#options?.saysUnread !== true || body.kind !== 'message' || content === null) return null;
    if (call !== null || content.gist.kind === 'recalled' || content.recall !== null) return null;
    return { channelType: body.message.channelType, channelId: conversationId(body.message) };
  }

  groupLater(one: Ungrouped): void {
    this.#ungrouped.push(one);
  }

  /** What lacks numbers since it was last asked for; null: nothing. */
  take(): BadgeWork | null {
    const work = {
      counted: this.#counted,
      recalled: this.#recalled,
      unnumbered: this.#unnumbered,
      ungrouped: this.#ungrouped,
    };
    if (Object.values(work).every((list) => list.length === 0)) return null;
    this.#counted = [];
    this.#recalled = [];
    this.#unnumbered = [];
    this.#ungrouped = [];
    return work;
  }
}

function appsOf(devices: readonly Device[]): ReadonlySet<string> {
  return new Set(devices.map(({ app }) => app));
}
