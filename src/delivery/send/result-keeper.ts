import type { Clock } from '../../domain/clock';
import type { TokenKind } from '../../domain/provider-table';
import type { Journey, JourneyStep } from '../../domain/journey';
import type { PendingDelivery } from '../../domain/pending-delivery';
import { providerOf } from '../../domain/route';
import type { DecodedEvent } from '../plan/decoded-event';
import { Deaths, type DeadLetterWriter } from './dead-letter-writer';
import type { DeliveryResult } from './planned-delivery';

/** What of an entry, or of one waiting delivery, has to be kept when it ends. */
export class Results {
  readonly pending: PendingDelivery[] = [];
  readonly deaths = new Deaths();
}

/** Whose result it is; `deviceId` null: of all devices of the uid. */
export interface ResultOwner {
  readonly uid: string;
  readonly deviceId: string | null;
  readonly tokenKind: TokenKind | null;
}

/** Which message it is about. */
export type ToldMessage = Pick<JourneyStep, 'messageId' | 'receivedAtMs'>;

export interface ResultKeeperContext {
  readonly deadLetters: Pick<DeadLetterWriter, 'writeDeliveries'>;
  readonly journey: Journey;
  readonly clock: Clock;
}

/** The one way of a result to the store, for entries, waiting deliveries and test pushes alike. */
export class ResultKeeper {
  readonly #context: ResultKeeperContext;

  constructor(context: ResultKeeperContext) {
    this.#context = context;
  }

  /** `route`: null where none was reached. */
  take(
    results: Results,
    message: ToldMessage,
    owner: ResultOwner,
    route: string | null,
    result: DeliveryResult,
  ): void {
    switch (result.kind) {
      case 'accepted':
        // Its answer has told.
        return;
      case 'dropped':
        return this.#tell(message, owner, route, 'dropped', result.reason);
      case 'pending':
        results.pending.push(result.pending);
        return this.#tellOfWait(message, owner, result.pending);
      case 'dead': {
        const { uid, deviceId, tokenKind } = owner;
        results.deaths.add(result.reason, route, { uid, deviceId, tokenKind });
        return this.#tell(message, owner, route, 'dead', result.reason);
      }
      case 'abandoned':
        return;
      default:
        return result;
    }
  }

  /**
   * Writes dead letters, then calls `settle` for whoever ends with what waits: immediately where nothing is dead. `readEvent`
   * is called for deaths only: thousands of entries wait for their answers where a provider is slow. Null: it cannot be read.
   */
  keep(
    { pending, deaths }: Results,
    readEvent: () => DecodedEvent | null,
    settle: (pending: readonly PendingDelivery[]) => void,
    failed: (error: unknown) => void,
  ): void {
    const event = deaths.isEmpty ? null : readEvent();
    if (event === null) return settle(pending);
    this.#context.deadLetters.writeDeliveries(event, deaths.list()).then(() => settle(pending), failed);
  }

  #tellOfWait(message: ToldMessage, owner: ResultOwner, pending: PendingDelivery): void {
    const { clock } = this.#context;
    const dueAtMs = clock.now() + pending.dueAtMs - clock.monotonicMs();
    const next = pending.parked
      ? 'until the credential is accepted again'
      : `next at ${new Date(dueAtMs).toISOString()}`;
    const step = pending.parked ? 'parked' : 'waiting';
    this.#tell(message, owner, pending.route, step, pending.lastReason, next);
  }

  #tell(
    { messageId, receivedAtMs }: ToldMessage,
    { uid, deviceId }: ResultOwner,
    route: string | null,
    step: JourneyStep['step'],
    reason: string | null,
    detail: string | null = null,
  ): void {
    const { journey, clock } = this.#context;
    if (!journey.isFollowed) return;
    journey.tell({
      messageId,
      receivedAtMs,
      uid,
      deviceId,
      step,
      reason,
      detail,
      provider: route === null ? null : providerOf(route),
      atMs: clock.now(),
    });
  }
}
