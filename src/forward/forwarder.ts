/*
 * Open this file first: it passes webhooks on to the receivers that were there before the relay (`webhook/forward-port.ts` is the
 * port). A `forward-target.ts` is one receiver: what waits for it lies in durable queues (`store/queue/`), encoded by
 * `forwarded-event-codec.ts`. A `LaneDrain` takes events from a queue, sends them by a `receiver.ts` (`http-receiver.ts`, `grpc-receiver.ts`), and
 * decides about retries. `receiver-identity.ts` tells receivers apart, and which queue is whose.
 */

import type { DeadLetter } from '../domain/dead-letter';
import type { ForwardAnswer, ForwardedEvent, ForwardPort } from '../webhook/forward-port';
import type { StoreFinding } from '../store/ports/store';
import type { DurableQueues } from '../store/queue/durable-queues';
import type { ForwardTarget, TargetTrouble } from './forward-target';

export interface ForwardFigures {
  readonly target: string;
  /** Events that wait. */
  readonly depth: number;
  /** Of the event that waits longest, ms since the epoch; null: none waits. */
  readonly oldestReceivedAtMs: number | null;
  readonly trouble: TargetTrouble | null;
  /** It is not configured any more. */
  readonly isRemoved: boolean;
}

/** The receivers of a relay. Opened → started → stopped. */
export class Forwarder implements ForwardPort {
  readonly #targets: readonly ForwardTarget[];
  readonly #queues: DurableQueues;

  constructor(targets: readonly ForwardTarget[], queues: DurableQueues) {
    this.#targets = targets;
    this.#queues = queues;
  }

  wants(name: string): boolean {
    return this.#targets.some((target) => target.wants(name));
  }

  async keep(event: ForwardedEvent): Promise<void> {
    await Promise.all(
      this.#targets.filter((target) => target.wants(event.name)).map((target) => target.keep(event)),
    );
  }

  answers(name: string): boolean {
    return this.#targets.some((target) => target.answers(name));
  }

  async ask(event: ForwardedEvent): Promise<ForwardAnswer | null> {
    return (await this.#targets.find((target) => target.answers(event.name))?.ask(event)) ?? null;
  }

  /**
   * Puts a dead letter's event back into the queue of its receiver. False: no such receiver is configured any more. Rejects with
   * StoreUnavailableError.
   */
  async again({ route, detail, body }: DeadLetter, receivedAtMs: number): Promise<boolean> {
    const target = this.#targets.find((one) => route !== null && !one.isRemoved && one.isNamed(route));
    const [name = ''] = (detail ?? '').split(' ', 1);
    // As WuKongIM sends it; the letter does not tell.
    const contentType = 'application/json';
    await target?.keepAgain({ name: decodeURIComponent(name), contentType, receivedAtMs, bytes: body });
    return target !== undefined;
  }

  /** Of each receiver, for metrics and readiness. */
  figures(): readonly ForwardFigures[] {
    return this.#targets.map((target) => ({
      target: target.name,
      depth: target.depth(),
      oldestReceivedAtMs: target.oldestReceivedAtMs(),
      trouble: target.trouble,
      isRemoved: target.isRemoved,
    }));
  }

  /** What ails the disk store of the queues. */
  health(): Promise<readonly StoreFinding[]> {
    return this.#queues.health();
  }

  start(): void {
    for (const target of this.#targets) target.start();
  }

  /** Resolves when nothing is open any more; what was not taken stays on disk. */
  async stop(): Promise<void> {
    await Promise.all(this.#targets.map((target) => target.stop()));
    await this.#queues.close();
  }
}
