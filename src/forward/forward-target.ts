import type { DeadLetters } from '../store/ports/dead-letters';
import type { Clock, Random } from '../domain/clock';
import type { Deadlines } from '../shared/deadlines';
import { within } from '../shared/within';
import type { DurableQueue } from '../store/queue/durable-queue';
import { LaneDrain, type GivenUp } from '../store/queue/lane-drain';
import type { ForwardEvents } from '../observability/forward-events';
import { StoreUnavailableError } from '../store/ports/errors';
import type { ForwardAnswer, ForwardedEvent } from '../webhook/forward-port';
import { AskedBytes } from './asked-bytes';
import { decodeEvent, encodeEvent } from './forwarded-event-codec';
import type { Receiver } from './receiver';
import type { lanes } from './receiver-identity';

export interface TargetOptions {
  /** See ReceiverIdentity. */
  readonly id: string;
  readonly name: string;
  /** It is not configured any more; what waits for it is kept until it is too old. */
  readonly isRemoved?: boolean;
  /** Names of events; null: all but `msg.offline`, which would ring every phone twice. */
  readonly events: readonly string[] | null;
  /** Names of events whose sender waits for the receiver's answer. */
  readonly answers: readonly string[];
  /** Null: an hour for `user.onlinestatus`, which says nothing later; a day for all else. */
  readonly maxAgeMs: number | null;
  /** Of events whose senders wait for its answer. */
  readonly maxAskedBytes: number;
}

export interface TargetContext {
  readonly receiver: Receiver;
  readonly queueOf: (lane: (typeof lanes)[number]) => DurableQueue;
  /** True: what waits for all receivers has reached its bound. */
  readonly isFull: () => boolean;
  readonly deadLetters: Pick<DeadLetters, 'add'>;
  readonly events: ForwardEvents;
  readonly makeId: () => string;
  readonly clock: Clock;
  readonly deadlines: Pick<Deadlines, 'of'>;
  readonly random: Random;
}

const hourMs = 3_600_000;
const onlineStatus = 'user.onlinestatus';
/** WuKongIM itself sends from several connections at once. */
const parallel = 8;
/** So many wait for a receiver that takes what it is sent. */
const fewWaiting = 100;
/** While it stops. */
const answersMs = 2_000;
const restMs = { least: 1_000, most: 60_000 };
/** As much as the dead letters of the webhook keep. */
const keptBytes = 64 * 1024;
/** Until an event that is refused is given up: two minutes after the first attempt. */
const mostRefusals = 8;
/** Stands for an event that cannot be read. */
const nothing: ForwardedEvent = { name: '', contentType: null, receivedAtMs: 0, bytes: Buffer.alloc(0) };

interface Lane {
  readonly queue: DurableQueue;
  readonly drain: LaneDrain<ForwardedEvent>;
}

/** What keeps a receiver from taking events, and since when (wall clock); null: nothing. */
export interface TargetTrouble {
  readonly reason: string;
  readonly sinceMs: number;
}

/**
 * One receiver and what waits for it: online statuses in their order, because the latest one counts, and all else beside them.
 * Opened (events are kept) → started (they are sent) → stopped.
 */
export class ForwardTarget {
  readonly name: string;
  readonly isRemoved: boolean;
  trouble: TargetTrouble | null = null;
  readonly #progress = { taken: 0 };
  readonly #ordered: Lane;
  readonly #others: Lane;
  readonly #asked: AskedBytes;
  readonly #options: TargetOptions;
  readonly #context: TargetContext;

  constructor(options: TargetOptions, context: TargetContext) {
    this.name = options.name;
    this.isRemoved = options.isRemoved ?? false;
    this.#options = options;
    this.#context = context;
    this.#asked = new AskedBytes(options.maxAskedBytes);
    this.#ordered = this.#lane('ordered', 1, options.maxAgeMs ?? hourMs);
    this.#others = this.#lane('others', parallel, options.maxAgeMs ?? 24 * hourMs);
  }

  /** As a dead letter names it; those of earlier builds have the name. */
  isNamed(route: string): boolean {
    return route === this.name || route === this.#options.id;
  }

  wants(name: string): boolean {
    const { events, answers } = this.#options;
    return events === null ? name !== 'msg.offline' && !answers.includes(name) : events.includes(name);
  }

  answers(name: string): boolean {
    return this.#options.answers.includes(name);
  }

  /** Resolves when the event is on disk, or was left out because too much waits. Rejects with StoreUnavailableError. */
  async keep(event: ForwardedEvent): Promise<void> {
    // A receiver that is away for long must not keep the relay from taking webhooks, nor another receiver from getting its own.
    if (this.#context.isFull() && this.#laneOf(event.name).queue.depth >= fewWaiting)
      return this.#context.events.dropped(this.name, event.name);
    await this.#append(event);
  }

  /** As `keep`, for an event that a dead letter keeps: rejects with StoreUnavailableError where too much waits, so that the letter stays. */
  async keepAgain(event: ForwardedEvent): Promise<void> {
    if (this.#context.isFull())
      throw new StoreUnavailableError('too much waits for the receivers of webhooks');
    await this.#append(event);
  }

  async ask(event: ForwardedEvent): Promise<ForwardAnswer | null> {
    const { length } = event.bytes;
    let answer: ForwardAnswer | null = null;
    // Without room the receiver counts as late: to wait for room would take memory as well.
    if (this.#asked.enter(length)) {
      answer = await this.#context.receiver.ask(event);
      this.#asked.leave(length);
    }
    this.#context.events.answered(this.name, event.name, answer !== null);
    return answer;
  }

  /** Events that wait. */
  depth(): number {
    return this.#ordered.queue.depth + this.#others.queue.depth;
  }

  /** When the event that waits longest was received, ms since the epoch; null: none waits. */
  oldestReceivedAtMs(): number | null {
    const times = [this.#ordered, this.#others].flatMap(({ queue }) => {
      const first = queue.first();
      return first === null ? [] : [decodeEvent(first).receivedAtMs];
    });
    return times.length === 0 ? null : Math.min(...times);
  }

  start(): void {
    this.#ordered.drain.start();
    this.#others.drain.start();
  }

  /** Resolves when no request is under way. What is not answered soon is cut off, and sent again after the next start. */
  async stop(): Promise<void> {
    const stopped = Promise.all([this.#ordered.drain.stop(), this.#others.drain.stop()]);
    await within(answersMs, stopped, null);
    await this.#context.receiver.close();
    await stopped;
  }

  async #append(event: ForwardedEvent): Promise<void> {
    const lane = this.#laneOf(event.name);
    await lane.queue.append(encodeEvent(event));
    lane.drain.wake();
  }

  #laneOf(name: string): Lane {
    return name === onlineStatus ? this.#ordered : this.#others;
  }

  #lane(kind: (typeof lanes)[number], atOnce: number, maxAgeMs: number): Lane {
    const { clock, deadlines, random, events, queueOf } = this.#context;
    const queue = queueOf(kind);
    const drain = new LaneDrain({
      queue,
      itemsPerRequest: 1,
      parallel: atOnce,
      maxAgeMs,
      progress: this.#progress,
      deadlines,
      // Of one that was removed, only where others need the room.
      mostRefusals: this.isRemoved ? 1 : mostRefusals,
      restMs,
      decode: ([item = Buffer.alloc(0)]) => decodeEvent(item),
      send: (event) => this.#context.receiver.send(event),
      giveUp: (event, why, detail) => this.#giveUp(event ?? nothing, why, detail),
      listener: {
        taken: (event) => {
          if (this.trouble !== null) events.back(this.name);
          this.trouble = null;
          events.taken(this.name, event.name);
        },
        away: (event, reason) => {
          if (this.trouble === null) events.away(this.name, reason);
          this.trouble = { reason, sinceMs: this.trouble?.sinceMs ?? clock.now() };
          events.retried(this.name, event.name);
        },
        refused: (event, reason) => {
          events.refused(this.name, event.name, reason);
          events.retried(this.name, event.name);
        },
        broken: (error) => events.broken(this.name, error),
      },
      clock,
      random,
    });
    return { queue, drain };
  }

  async #giveUp(event: ForwardedEvent, why: GivenUp, detail: string): Promise<void> {
    const { deadLetters, events, makeId, clock } = this.#context;
    await deadLetters.add([
      {
        id: makeId(),
        atMs: clock.now(),
        source: 'forward',
        reason: `forward_${why}`,
        detail: `${encodeURIComponent(event.name)} ${detail}`,
        messageId: null,
        route: this.#options.id,
        receivedAtMs: event.receivedAtMs,
        recipients: [],
        body: Buffer.from(event.bytes.subarray(0, keptBytes)),
        bodyTruncated: event.bytes.length > keptBytes,
      },
    ]);
    events.givenUp(this.name, event.name, why, detail);
  }
}
