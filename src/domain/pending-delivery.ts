import { deviceKey } from './device';
import type { TokenKind } from './provider-table';

/**
 * A delivery that is not settled and no longer in the inbox: it waits for its time, for room, or for a credential.
 * It refers to its body, which the store keeps until nothing refers to it.
 */
export interface PendingDelivery {
  /** The delivery's id (UUIDv5 of app, message, uid, device and kind): scheduling it again replaces it. */
  readonly id: string;
  readonly bodyId: string;
  readonly route: string;
  readonly uid: string;
  readonly deviceId: string;
  readonly tokenKind: TokenKind;
  /** Attempts made so far (0: it only waits for room). */
  readonly attempts: number;
  readonly ambiguousAttempts: number;
  /** Earliest next attempt, by the monotonic clock. For a parked delivery: its deadline. */
  readonly dueAtMs: number;
  /** Reception of the event, ms since the epoch. */
  readonly receivedAtMs: number;
  readonly lastReason: string | null;
  /** Set while it waits for a paused credential to heal; the route's pause, not a time, wakes it. */
  readonly parked: boolean;
  /** How many messages that a storm held back it stands for, at every attempt; absent where no storm did. */
  readonly summaryOf?: number;
  /**
   * Set while it waits for more of them: an entry's end adds its own delivery of the same id to it. Orders the messages:
   * the body of the highest stays.
   */
  readonly collects?: number;
}

/** Whether a delivery waits for one of the devices, which are named by `deviceKey`. A summary that still collects has its own time. */
export function waitsForOneOf(devices: ReadonlySet<string>) {
  return (pending: Pick<PendingDelivery, 'uid' | 'deviceId' | 'collects'>): boolean =>
    pending.collects === undefined && devices.has(deviceKey(pending));
}

/** The `lastReason` of what the storm limits hold back: a trace tells by it what is summarized. */
export const heldByStorm = 'held by the storm limits';
