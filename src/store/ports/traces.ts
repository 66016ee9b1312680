import type { JourneyStep, MessageOrigin } from '../../domain/journey';
import type { Page } from './dead-letters';

export interface TraceBounds {
  readonly maxAgeMs: number;
  /** Of all segments as they are stored. */
  readonly maxBytes: number;
}

export const usualTraceBounds: TraceBounds = { maxAgeMs: 86_400_000, maxBytes: 256 * 1024 ** 2 };

/** How many messages {@link Traces.latest} goes back. */
export const mostLatest = 100;

/** A step of a trace: what of it is not the same for the whole message. */
export interface TraceStep {
  readonly uid: string | null;
  readonly deviceId: string | null;
  readonly step: JourneyStep['step'];
  /** Ms since the epoch. */
  readonly atMs: number;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly provider: JourneyStep['provider'] | null;
  readonly outcome: JourneyStep['outcome'] | null;
  readonly attempt: number | null;
  readonly providerId: string | null;
}

/** Some steps of one message, as one process gathered them. All segments of a message together are its trace. */
export interface TraceSegment {
  readonly messageId: string;
  /** Ms since the epoch. */
  readonly receivedAtMs: number;
  /** Null where the steps of this segment did not tell. */
  readonly origin: MessageOrigin | null;
  /** Recipients that are counted and not listed, by their result. */
  readonly counts: Readonly<Record<string, number>>;
  readonly steps: readonly TraceStep[];
}

/** Segments as a store keeps them: see `store/traces/trace-segment.ts`. */
export interface EncodedSegments {
  /** A line per segment. */
  readonly lines: Buffer;
  /** 32 bits each, of whatever can be looked for in them: message ids, recipients, peers. */
  readonly hashes: readonly number[];
}

/** What became of messages. Bounded by age and bytes: the oldest leave first. */
export interface Traces {
  /** A crash may lose what was appended last; a full disk refuses it. Appended again, it is there twice. */
  append(segments: EncodedSegments): Promise<void>;
  /** Of each message all segments, in the order in which they were appended. */
  read(messageIds: readonly string[]): Promise<readonly (readonly TraceSegment[])[]>;
  /**
   * The messages that were received last, newest first, each with its segments; at most `limit` (1 to {@link mostLatest}). A segment with
   * many recipients has no steps: it counts them, so that nobody reads thousands of steps to count them.
   */
  latest(limit: number): Promise<readonly (readonly TraceSegment[])[]>;
  /** Ids of messages to the uid, as they were received, newest first; at most `limit` (1 or more) from `cursor` on. */
  recent(uid: string, limit: number, cursor: string | null): Promise<Page<string>>;
  /** Removes the uid's own steps, and names it as nobody's sender or conversation any more. */
  eraseUser(uid: string): Promise<void>;
  /** When what is held now began to be held, ms since the epoch; null: nothing is held. */
  sinceMs(): Promise<number | null>;
}
