/*
 * Open this file first: it is the provider of every vendor whose API takes many device tokens per call. What differs is a
 * `vendor.ts`, which each vendor's own folder implements: what devices share, one call, and what an answer says.
 * `vendor-answer.ts` reads a vendor's code, `code-table.ts` turns it into a verdict, `token-verdicts.ts` remembers whom the
 * credential worked for, and `end-of-day.ts` tells when a daily quota is there again. For messages: `fitting.ts`, `badged-message.ts`,
 * `shown-call.ts`, `replace-id.ts`, `message-key.ts` and `time-left.ts`; `texts.ts`, `characters.ts` and `template-values.ts` for makers
 * whose texts have limits and templates. `maker.ts` puts a provider together from a vendor and its `endpoint.ts`, or from several
 * of them by `lanes.ts`.
 */

import type { Clock } from '../../domain/clock';
import { isDeviceToken } from '../../domain/device-token';
import type { Delivery, Notification } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import type { HttpClient } from '../../transport/port';
import type { Provider, Settle } from '../provider';
import type { Authorization } from '../wire/authorization';
import { checkByPush } from '../wire/check-by-push';
import { Exchange, type ProviderResponse, type Reading } from '../wire/exchange';
import { Recent, recentNotifications } from '../wire/recent';
import { refuse } from '../wire/refuse';
import { TokenVerdicts } from './token-verdicts';
import type { Keep, Unsendable, Vendor, VendorCall, Verdict } from './vendor';

export interface ManyTokensContext {
  /** To the vendor's base URL. */
  readonly client: HttpClient;
  /** Null where each call is signed by itself. */
  readonly authorization: Authorization | null;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** The provider of one app at a vendor. */
export function createManyTokensProvider<Message extends object>(
  app: string,
  vendor: Vendor<Message>,
  context: ManyTokensContext,
): Provider {
  const calls = new Calls(vendor, context);
  const messageOf = messageCache(vendor);
  const { clock } = context;
  const provider: Provider = {
    name: vendor.name,
    app,
    lanes: ['production'],
    batch: vendor.batch,
    send: (notification, deliveries, settle) => {
      const startedAtMs = clock.monotonicMs();
      const message = messageOf(notification, clock.now());
      const sendable = deliveries.filter((delivery) => {
        const reason = refusalOf(vendor.name, delivery);
        if (reason !== null) refuse(delivery, reason, 'device_token', settle);
        else if (isUnsendable(message)) refuse(delivery, message.unsendable, 'payload', settle);
        return reason === null && !isUnsendable(message);
      });
      if (isUnsendable(message)) return;
      const groups = vendor.needsOneBadge?.(message) === true ? byBadge(sendable) : [sendable];
      for (const group of groups)
        for (let from = 0; from < group.length; from += vendor.batch)
          calls.start({
            message,
            deliveries: group.slice(from, from + vendor.batch),
            startedAtMs,
            settle,
            isHalf: false,
          });
    },
    check: (lane) => checkByPush(provider, { lane, token: checkToken }, clock.now()),
    close: (deadlineMs) => calls.close(deadlineMs),
  };
  return provider;
}

/** No phone has it. */
const checkToken = 'wukongim-push-relay-doctor';

function refusalOf(name: Provider['name'], { token }: Delivery): string | null {
  return isDeviceToken(name, token) ? null : 'malformed_device_token';
}

function byBadge<D extends Delivery>(deliveries: readonly D[]): Iterable<readonly D[]> {
  const groups = new Map<number | null, D[]>();
  for (const delivery of deliveries) {
    const group = groups.get(delivery.badge);
    if (group === undefined) groups.set(delivery.badge, [delivery]);
    else group.push(delivery);
  }
  return groups.values();
}

function isUnsendable(message: object): message is Unsendable {
  return 'unsendable' in message;
}

/** A notification comes back for each slice of its deliveries, as they find room: it is rendered once a second at most. */
function messageCache<Message extends object>(
  vendor: Vendor<Message>,
): (notification: Notification, nowMs: number) => Message | Unsendable {
  const cache = new Recent<Notification, { readonly message: Message | Unsendable; readonly atMs: number }>(
    recentNotifications,
  );
  return (notification, nowMs) => {
    const known = cache.get(notification);
    if (known !== undefined && Math.abs(nowMs - known.atMs) < 1000) return known.message;
    const message = vendor.render(notification, nowMs);
    cache.set(notification, { message, atMs: nowMs });
    return message;
  };
}

/** Deliveries of one call. */
interface Group<Message, D extends Delivery> {
  readonly message: Message;
  readonly deliveries: readonly D[];
  readonly startedAtMs: number;
  readonly settle: Settle<D>;
  /** Of a call that was made before, and whose device tokens were all invalid. */
  readonly isHalf: boolean;
}

/** Calls on their way. Each settles all of its deliveries, or hands them to two halves of itself. */
class Calls<Message extends object> {
  readonly #exchange: Exchange;
  readonly #tokens = new TokenVerdicts();
  #singlyUntilMs = Number.NEGATIVE_INFINITY;
  readonly #vendor: Vendor<Message>;
  readonly #context: ManyTokensContext;

  constructor(vendor: Vendor<Message>, context: ManyTokensContext) {
    this.#vendor = vendor;
    this.#context = context;
    this.#exchange = new Exchange(context);
  }

  start<D extends Delivery>(group: Group<Message, D>): void {
    const { keep } = this.#vendor;
    if (keep === undefined || group.deliveries.length === 1) this.#send(group, null);
    else if (this.#context.clock.now() < this.#singlyUntilMs) this.#singly(group);
    else this.#keep(group, keep);
  }

  /** The vendor keeps the message, and is told the devices then: until that, it has pushed nothing. */
  #keep<D extends Delivery>(group: Group<Message, D>, keep: Keep<Message>): void {
    this.#ask(group, keep.call(group.message), 'keep', (response, nowMs, handOn) => {
      const kept = keep.read(response, nowMs);
      if ('keptId' in kept) handOn(() => this.#send(group, kept.keptId));
      else if ('singlyUntilMs' in kept) {
        this.#singlyUntilMs = kept.singlyUntilMs;
        handOn(() => this.#singly(group));
      } else return kept;
      return null;
    });
  }

  #singly<D extends Delivery>(group: Group<Message, D>): void {
    const { clock, timeoutMs } = this.#context;
    const rest = group.deliveries.values();
    const next = (): void => {
      const isLate = clock.monotonicMs() - group.startedAtMs >= timeoutMs;
      if (isLate) for (const delivery of rest) group.settle(delivery, noTimeLeft);
      const one = rest.next();
      if (one.done === true) return;
      const settle: Settle<D> = (delivery, outcome, httpStatus) => {
        group.settle(delivery, outcome, httpStatus);
        next();
      };
      this.#send({ ...group, deliveries: [one.value], settle }, null);
    };
    for (let call = 0; call < singlesAtOnce; call += 1) next();
  }

  #send<D extends Delivery>(group: Group<Message, D>, keptId: string | null): void {
    const { message, deliveries } = group;
    const call = this.#vendor.call(message, deliveries, keptId);
    this.#ask(group, call, 'send', (response, nowMs) => this.#vendor.read(response, deliveries, nowMs));
  }

  /** `read` yields a verdict, or hands the group on and yields null. */
  #ask<D extends Delivery>(
    group: Group<Message, D>,
    call: VendorCall,
    purpose: 'keep' | 'send',
    read: (response: ProviderResponse, nowMs: number, handOn: (go: () => void) => void) => Verdict | null,
  ): void {
    const { message, deliveries, startedAtMs, settle, isHalf } = group;
    let isHandedOn = false;
    const handOn = (go: () => void): void => {
      isHandedOn = true;
      go();
    };
    const halve = (): void => {
      const middle = Math.ceil(deliveries.length / 2);
      for (const half of [deliveries.slice(0, middle), deliveries.slice(middle)])
        this.start({ message, deliveries: half, startedAtMs, settle, isHalf: true });
    };
    this.#exchange.start<D>({
      ...call,
      sensitive: [],
      maxAnswerBytes: leastAnswerBytes + deliveries.length * answerBytesPerToken,
      startedAtMs,
      deliveries,
      read: (response, asked, nowMs) => {
        const verdict = read(response, nowMs, handOn);
        return verdict === null
          ? { outcomes: [], then: null }
          : this.#read(verdict, asked, isHalf, () => handOn(halve));
      },
      settle: (delivery, outcome, httpStatus) => {
        if (!isHandedOn) settle(delivery, purpose === 'keep' ? notAmbiguous(outcome) : outcome, httpStatus);
      },
    });
  }

  close(deadlineMs: number): Promise<void> {
    return this.#exchange.close(deadlineMs);
  }

  #read(verdict: Verdict, deliveries: readonly Delivery[], isHalf: boolean, halve: () => void): Reading {
    switch (verdict.kind) {
      case 'all':
        return this.#reading(deliveries, verdict.outcome, verdict.then ?? null);
      case 'each':
        return this.#each(deliveries, verdict);
      case 'all_invalid': {
        const outcome = this.#allInvalid(deliveries, verdict.reason, isHalf);
        if (outcome !== null) return this.#reading(deliveries, outcome, null);
        halve();
        return { outcomes: [], then: null };
      }
      default:
        return verdict satisfies never;
    }
  }

  #reading(deliveries: readonly Delivery[], outcome: Outcome, then: Reading['then']): Reading {
    if (outcome.kind === 'accepted') this.#accepted(deliveries);
    return { outcomes: new Array<Outcome>(deliveries.length).fill(outcome), then };
  }

  #each(deliveries: readonly Delivery[], { outcomes, rest }: Extract<Verdict, { kind: 'each' }>): Reading {
    const all = deliveries.map(({ token }) => outcomes.get(token) ?? rest ?? missing);
    this.#accepted(deliveries.filter((_, index) => all[index]?.kind === 'accepted'));
    return { outcomes: all, then: null };
  }

  #accepted(deliveries: readonly Delivery[]): void {
    const atMs = this.#context.clock.monotonicMs();
    for (const { token } of deliveries.slice(-2)) this.#tokens.accepted(token, atMs);
  }

  /** Null: the call is made again in halves, because one bad device token may have spoilt it. */
  #allInvalid(deliveries: readonly Delivery[], reason: string, isHalf: boolean): Outcome | null {
    const tokens = deliveries.map(({ token }) => token);
    if (this.#tokens.worksForOthers(tokens, this.#context.clock.monotonicMs()))
      return { kind: 'unregistered', reason, asOfMs: null };
    // Counted towards the suspension of the device, and nothing more: a blame on the device token would forget it.
    if (deliveries.length === 1) return { kind: 'rejected', reason, blame: 'topic' };
    return isHalf ? { kind: 'misconfigured', reason } : null;
  }
}

function notAmbiguous(outcome: Outcome): Outcome {
  return outcome.kind === 'unavailable' ? { ...outcome, ambiguous: false } : outcome;
}

const missing: Outcome = {
  kind: 'unavailable',
  reason: 'the answer says nothing of this delivery',
  ambiguous: true,
  retryAfterMs: null,
};
const noTimeLeft: Outcome = {
  kind: 'unavailable',
  reason: 'no time left for a call of its own',
  ambiguous: false,
  retryAfterMs: null,
};
/** Of one group: messages to one person need connections, too. */
const singlesAtOnce = 16;
const leastAnswerBytes = 64 * 1024;
/** A token twice, and quotes around it. */
const answerBytesPerToken = 1_100;
