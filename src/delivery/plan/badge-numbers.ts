import type { Conversation } from '../../domain/people';
import type { Notification } from '../../domain/notification';
import type {
  BadgeKey,
  Badges,
  ConversationKey,
  CountedMessage,
  RecalledMessage,
} from '../../store/ports/badges';
import type { PlannedDelivery } from '../send/planned-delivery';
import type { DecodedEvent } from './decoded-event';

export interface BadgeOptions {
  /** False: the app server says the numbers. */
  readonly counts: boolean;
  /** What a mute holds back counts, too. */
  readonly countMuted: boolean;
  /** What is not pushed because its reader is online counts, too: it is unread until it is read. */
  readonly countOnline: boolean;
  /** The notifications of a conversation replace one another, so that each says how many are unread. */
  readonly saysUnread: boolean;
}

/** A delivery that is not grouped yet, because its words depend on how much is unread. */
export interface Ungrouped {
  readonly planned: PlannedDelivery;
  readonly conversation: Conversation;
  readonly group: (unread: number) => void;
}

/** What of a plan still lacks its numbers; whoever takes it sees to it. */
export interface BadgeWork {
  /** For whom the event counts. */
  readonly counted: readonly CountedMessage[];
  /** For whom the event takes back what was counted. */
  readonly recalled: readonly RecalledMessage[];
  readonly unnumbered: readonly PlannedDelivery[];
  readonly ungrouped: readonly Ungrouped[];
}

type BadgeStore = Pick<Badges, 'count' | 'getMany' | 'recall' | 'unreadOf'>;

/** Counts what is unread, and puts the number on the deliveries that show it: one question to the store for many recipients. */
export class BadgeNumbers {
  readonly #badges: BadgeStore;

  constructor(badges: BadgeStore) {
    this.#badges = badges;
  }

  /** Rejects with StoreUnavailableError; what was counted then counts no second time. */
  async fill(works: readonly BadgeWork[]): Promise<void> {
    const recalled = works.flatMap((work) => work.recalled);
    // First, so that the numbers are those after it.
    if (recalled.length > 0) await this.#badges.recall(recalled);
    const counted: CountedMessage[] = [];
    for (const work of works) for (const message of work.counted) counted.push(message);
    const keys = new Set(counted.map(keyOf));
    const asked = new Map<string, BadgeKey>();
    for (const { unnumbered } of works)
      for (const { device } of unnumbered) if (!keys.has(keyOf(device))) asked.set(keyOf(device), device);
    const shown = [...asked.values()];
    const [counts, numbers] = await Promise.all([
      counted.length === 0 ? none : this.#badges.count(counted),
      shown.length === 0 ? none : this.#badges.getMany(shown),
    ]);
    const byKey = new Map<string, number | null>();
    // Of several messages the last count is the number.
    for (const [index, message] of counted.entries()) byKey.set(keyOf(message), counts[index]?.count ?? null);
    for (const [index, key] of shown.entries()) byKey.set(keyOf(key), numbers[index] ?? null);
    for (const { unnumbered } of works)
      for (const planned of unnumbered) planned.badge = byKey.get(keyOf(planned.device)) ?? null;
    const ungrouped = works.flatMap((work) => work.ungrouped);
    if (ungrouped.length === 0) return;
    const unread = new Map(
      counted.map((message, index) => [conversationKeyOf(message), counts[index]?.ofConversation ?? 0]),
    );
    await this.#group(ungrouped, unread);
  }

  /** `unread`: of the conversations of what was counted just now. The store is asked about the others. */
  async #group(ungrouped: readonly Ungrouped[], unread: Map<string, number>): Promise<void> {
    const conversationOf = ({ planned, conversation }: Ungrouped): ConversationKey => {
      const { uid, app } = planned.device;
      return { uid, app, ...conversation };
    };
    const others = ungrouped.map(conversationOf).filter((key) => !unread.has(conversationKeyOf(key)));
    if (others.length > 0) {
      const found = await this.#badges.unreadOf(others);
      for (const [index, key] of others.entries()) unread.set(conversationKeyOf(key), found[index] ?? 0);
    }
    for (const one of ungrouped) one.group(unread.get(conversationKeyOf(conversationOf(one))) ?? 0);
  }
}

/** There is something to read, and the sender wants it counted. A replay was counted when it came first. */
export function isCounted({ body, content }: DecodedEvent): boolean {
  if (body.kind !== 'message' || content === null || body.replay !== undefined) return false;
  if (content.command !== null || content.gist.kind === 'recalled') return false;
  return body.message.redDot && !body.message.noPersist;
}

/** A push that wakes the app sets no number, unless it is about what was read. */
export function showsBadge({ kind, read }: Notification): boolean {
  return kind !== 'background' || read !== null;
}

const none: readonly never[] = [];

/** An app's name has no line end. */
function keyOf({ uid, app }: BadgeKey): string {
  return `${app}\n${uid}`;
}

function conversationKeyOf({ uid, app, channelType, channelId }: ConversationKey): string {
  return JSON.stringify([uid, app, channelType, channelId]);
}
