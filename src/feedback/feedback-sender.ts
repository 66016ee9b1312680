import type { Clock, Random } from '../domain/clock';
import type { Feedback, FeedbackNews } from './feedback';
import type { FeedbackEvents } from '../observability/feedback-events';
import type { Deadlines } from '../shared/deadlines';
import { receptionOf, type Reception } from '../shared/reception';
import { basicAuthorization } from '../shared/request-headers';
import { within } from '../shared/within';
import type { DurableQueue } from '../store/queue/durable-queue';
import type { DurableQueues } from '../store/queue/durable-queues';
import { LaneDrain } from '../store/queue/lane-drain';
import type { HttpClient, HttpResult } from '../transport/port';
import { toFeedbackEvent, type FeedbackEvent } from './feedback-event';
import { signingKey, webhookHeaders } from './standard-webhook';

export interface FeedbackOptions {
  /** With everything that it carries: user and password, path, query. */
  readonly url: string;
  readonly secret: string;
  /** For a request and its whole answer. */
  readonly timeoutMs: number;
}

export interface FeedbackContext {
  readonly client: HttpClient;
  readonly queues: DurableQueues;
  /** Beyond it events are left out, and counted. */
  readonly maxBytes: number;
  readonly events: FeedbackEvents;
  readonly makeId: () => string;
  readonly clock: Clock;
  readonly deadlines: Pick<Deadlines, 'of'>;
  readonly random: Random;
}

/** Events of one request. */
interface Batch {
  readonly events: readonly FeedbackEvent[];
  /** Of the youngest. */
  readonly receivedAtMs: number;
}

export interface FeedbackFigures {
  /** Events that wait. */
  readonly depth: number;
  /** Of the event that waits longest, ms since the epoch; null: none waits. */
  readonly oldestAtMs: number | null;
  /** What keeps the app's server from taking events, and since when (wall clock); null: nothing. */
  readonly trouble: { readonly reason: string; readonly sinceMs: number } | null;
}

const mostEvents = 100;
const maxAgeMs = 86_400_000;
const restMs = { least: 1_000, most: 60_000 };
/** While it stops. */
const answersMs = 2_000;
const maxAnswerBytes = 1024 * 1024;
/** A request that is refused again and again does not delay others. */
const parallel = 2;
const heldRequests = 8;

/**
 * Tells the app's server what happens to its users' devices: a signed POST of up to 100 events, at least once, in no promised order.
 * Opened (events are kept) → started (they are sent) → stopped.
 */
export class FeedbackSender implements Feedback {
  #trouble: FeedbackFigures['trouble'] = null;
  readonly #queue: DurableQueue;
  readonly #drain: LaneDrain<Batch>;
  readonly #path: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #key: Buffer;
  readonly #options: FeedbackOptions;
  readonly #context: FeedbackContext;

  constructor(options: FeedbackOptions, context: FeedbackContext) {
    this.#options = options;
    this.#context = context;
    const url = new URL(options.url);
    const authorization = basicAuthorization(url);
    this.#path = `${url.pathname}${url.search}`;
    this.#headers = {
      'content-type': 'application/json',
      ...(authorization === null ? {} : { authorization }),
    };
    this.#key = signingKey(options.secret);
    this.#queue = context.queues.queue('feedback');
    this.#drain = this.#createDrain();
  }

  async tell(news: FeedbackNews): Promise<void> {
    const { queues, maxBytes, events, makeId, clock } = this.#context;
    if (queues.usedBytes() >= maxBytes) return events.dropped(news.type, null);
    const event = toFeedbackEvent(news, makeId(), clock.now());
    try {
      await this.#queue.append(Buffer.from(JSON.stringify(event)));
      this.#drain.wake();
    } catch (error) {
      events.dropped(news.type, error);
    }
  }

  /** For metrics and readiness. */
  figures(): FeedbackFigures {
    const first = this.#queue.first();
    return {
      depth: this.#queue.depth,
      oldestAtMs: first === null ? null : Date.parse(readEvent(first).at),
      trouble: this.#trouble,
    };
  }

  start(): void {
    this.#drain.start();
  }

  /** Resolves when nothing is open any more; what was not taken stays on disk. */
  async stop(): Promise<void> {
    const { client, queues } = this.#context;
    const stopped = this.#drain.stop();
    await within(answersMs, stopped, null);
    await client.close(0);
    await stopped;
    await queues.close();
  }

  #createDrain(): LaneDrain<Batch> {
    const { clock, deadlines, random, events } = this.#context;
    return new LaneDrain<Batch>({
      queue: this.#queue,
      itemsPerRequest: mostEvents,
      parallel,
      heldRequests,
      maxAgeMs,
      deadlines,
      mostRefusals: Number.POSITIVE_INFINITY,
      restMs,
      decode: (items) => {
        const read = items.map(readEvent);
        return { events: read, receivedAtMs: Math.max(...read.map(({ at }) => Date.parse(at))) };
      },
      send: (batch) => this.#send(batch),
      giveUp: (batch) => {
        for (const { type } of batch?.events ?? []) events.expired(type);
        return Promise.resolve();
      },
      listener: {
        taken: ({ events: taken }) => {
          if (this.#trouble !== null) events.back();
          this.#trouble = null;
          for (const { type } of taken) events.taken(type);
        },
        away: (batch, reason) => this.#notTaken(batch, reason),
        refused: (batch, reason) => this.#notTaken(batch, reason),
        broken: (error) => events.broken(error),
      },
      clock,
      random,
    });
  }

  #notTaken(batch: Batch, reason: string): void {
    const { events, clock } = this.#context;
    if (this.#trouble === null) events.away(reason);
    this.#trouble = { reason, sinceMs: this.#trouble?.sinceMs ?? clock.now() };
    for (const { type } of batch.events) events.retried(type);
  }

  async #send({ events }: Batch): Promise<Reception> {
    const { client, clock } = this.#context;
    const { timeoutMs } = this.#options;
    const body = Buffer.from(JSON.stringify({ events }));
    const headers = { ...this.#headers, ...webhookHeaders(this.#key, body, clock.now()) };
    const request = {
      method: 'POST',
      path: this.#path,
      headers,
      sensitive: [],
      body,
      timeoutMs,
      maxAnswerBytes,
    } as const;
    return receptionOf(
      await new Promise<HttpResult>((resolve) => client.request(request, (result) => resolve(result))),
    );
  }
}

/** Throws on bytes that no version of the relay wrote. */
function readEvent(bytes: Buffer): FeedbackEvent {
  return JSON.parse(bytes.toString()) as FeedbackEvent;
}
