import type { Notification } from '../../domain/notification';
import type { BadgeKey, Badges, CountedMessage } from '../../store/ports/badges';
import type { PlannedDelivery } from '../send/planned-delivery';
import type { DecodedEvent } from './decoded-event';

export interface BadgeOptions {
  /** False: the app server says the numbers. */
  readonly counts: boolean;
  /** What a mute holds back counts, too. */
  readonly countMuted: boolean;
}

/** What of a plan still lacks its numbers; whoever takes it sees to it. */
export interface BadgeWork {
  /** For whom the event counts. */
  readonly counted: readonly CountedMessage[];
  readonly unnumbered: readonly PlannedDelivery[];
}

/** Counts what is unread, and puts the number on the deliveries that show it: one question to the store for many recipients. */
export class BadgeNumbers {
  readonly #badges: Pick<Badges, 'count' | 'getMany'>;

  constructor(badges: Pick<Badges, 'count' | 'getMany'>) {
    this.#badges = badges;
  }

  /** Rejects with StoreUnavailableError; what was counted then counts no second time. */
  async fill(works: readonly BadgeWork[]): Promise<void> {
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
    for (const [index, message] of counted.entries()) byKey.set(keyOf(message), counts[index] ?? null);
    for (const [index, key] of shown.entries()) byKey.set(keyOf(key), numbers[index] ?? null);
    for (const { unnumbered } of works)
      for (const planned of unnumbered) planned.badge = byKey.get(keyOf(planned.device)) ?? null;
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
