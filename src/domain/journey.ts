import type { OutcomeKind } from './outcome';
import type { ProviderName } from './provider-table';

/** Where a message comes from, and what it is about. */
export interface MessageOrigin {
  /** webhook: WuKongIM. push, call: the app server. replay: the dead letters. */
  readonly source: 'webhook' | 'push' | 'call' | 'replay';
  /** Null: nobody, a push of the app server's own. */
  readonly fromUid: string | null;
  /** Null where it is in no channel. */
  readonly channelId: string | null;
  readonly channelType: number | null;
  /** Of the whole event, or at least so many; null: no more than an entry holds. */
  readonly recipients: number | null;
}

/**
 * One step of a message on its way to one recipient.
 *
 * - received: durable in the inbox. planned, skipped: the rules let it go out to the uid, or not (reason: a RecipientResult).
 * - answered: a provider's answer, by its outcome; accepted is the end.
 * - waiting, parked, dropped, dead: what became of a delivery that was not accepted; waiting: it is tried again later; parked:
 *   once its credential is accepted again; dropped: for a DropReason.
 */
export interface JourneyStep {
  readonly messageId: string;
  /** When the relay received the message, ms since the epoch. */
  readonly receivedAtMs: number;
  /** Null: all recipients of the message. */
  readonly uid: string | null;
  /** Null: all devices of the uid. */
  readonly deviceId: string | null;
  readonly step: 'received' | 'planned' | 'skipped' | 'answered' | 'waiting' | 'parked' | 'dropped' | 'dead';
  /** In the relay's own words or the provider's code; never text of a message. */
  readonly reason: string | null;
  /** What an operator asks next, in plain words; never text of a message. */
  readonly detail?: string | null;
  /** Of received, planned and skipped. */
  readonly origin?: MessageOrigin;
  /** Of received: whom it is for; null: they are many. */
  readonly uids?: readonly string[] | null;
  readonly provider?: ProviderName | null;
  /** Of answered. */
  readonly outcome?: OutcomeKind;
  /** Of answered, 1 for the first. */
  readonly attempt?: number;
  /** Of answered: other steps tell of this delivery already. */
  readonly isTold?: boolean;
  /** Of what was accepted: the provider's own id. */
  readonly providerId?: string | null;
  /** Ms since the epoch. */
  readonly atMs: number;
}

/** Told what becomes of each message, by the places where that is decided. */
export interface Journey {
  /** False: nobody reads it now, and nobody needs to tell. It may change at any time. */
  readonly isFollowed: boolean;
  tell(step: JourneyStep): void;
}

/** Tells all of them. */
export function toldToAll(journeys: readonly Journey[]): Journey {
  return {
    get isFollowed() {
      return journeys.some((journey) => journey.isFollowed);
    },
    tell: (step) => {
      for (const journey of journeys) if (journey.isFollowed) journey.tell(step);
    },
  };
}
